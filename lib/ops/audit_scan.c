/* SPDX-License-Identifier: ISC */
/* Probes of what stands against abuse. */
#include <unistd.h>

#include "auth/iprev.h"
#include "base/clock.h"
#include "base/home.h"
#include "base/installation.h"
#include "base/io.h"
#include "net/dns.h"
#include "net/interface.h"
#include "ops/audit_probe.h"
#include "ops/clamd_client.h"

#define MODEL_DAYS 180
#define SIGNATURE_DAYS 3

static void
say_pipeline(const struct audit *a, struct audit_result *r,
    const char *program)
{
	if (audit_is_in_pipeline(a, program))
		audit_say(r, AUDIT_PASS, "%s is in HOME/deliver", program);
	else
		audit_say(
		    r, AUDIT_FAIL, "%s is not in HOME/deliver", program);
}

/* What `fe-learn -o json eval' measured, if somebody keeps it. */
static void
say_measure(struct audit_result *r)
{
	struct buf path = BUF_INIT, text = BUF_LIMITED(65536);
	double area = 0;

	if (io_read_file(home_file(&path, "model/site.eval"), &text, NULL) <
		0 || json_check(slice_trim(buf_slice(&text)), NULL) < 0 ||
	    json_real(json_get(slice_trim(buf_slice(&text)), "auc"),
		&area) < 0)
		audit_say(r, AUDIT_UNKNOWN, "nobody has measured it: no "
		    "'model/site.eval'");
	else
		audit_say(r, area >= 0.95 ? AUDIT_PASS : AUDIT_FAIL,
		    "area under its ROC curve: %.4f", area);
	buf_free(&path);
	buf_free(&text);
}

/* As fe-scan does: the site's, else the one that comes with the programs. */
static const char *
find_model(struct audit_result *r, struct buf *path)
{
	if (access(home_file(path, "model/site.model"), F_OK) == 0)
		return path->p;
	if (installation_share(path, "starter.model", NULL) == 0)
		audit_say(r, AUDIT_NOTE, "the site has no model of its own: "
		    "the starter's is used");
	else
		home_file(path, "model/site.model");
	return path->p;
}

static void
look_at_model(struct audit *a, struct audit_result *r)
{
	struct buf out = BUF_INIT, model = BUF_INIT;
	const char *const words[] = {"fe-learn", "-o", "json", "--model",
	    find_model(r, &model), "info", NULL};
	struct err err = ERR_INIT;
	struct slice rest, object;
	int64_t spam = 0, ham = 0, changed = 0;
	int status = audit_run_program(a, words, SLICE_NONE, &out, &err);

	rest = buf_slice(&out);
	if (status == 0 && audit_next_object(&rest, &object)) {
		(void)json_integer(json_get(object, "spam"), &spam);
		(void)json_integer(json_get(object, "ham"), &ham);
		(void)clock_parse(
		    json_plain(json_get(object, "changed")), &changed);
		audit_say(r, spam > 0 && ham > 0 ? AUDIT_PASS : AUDIT_FAIL,
		    "the model has learned %lld spam and %lld ham",
		    (long long)spam, (long long)ham);
		audit_say_age(a, r, "it", changed, MODEL_DAYS);
		say_measure(r);
	} else {
		rest = status < 0 ? slice_text(err.text) : buf_slice(&out);
		object = slice_line(&rest);
		audit_say(r, AUDIT_FAIL, "no model: %.*s", SLICE_ARG(object));
	}
	buf_free(&out);
	buf_free(&model);
}

void
audit_spam(struct audit *a, struct audit_result *r)
{
	say_pipeline(a, r, "fe-scan");
	if (audit_need_program(r, "fe-learn"))
		look_at_model(a, r);
}

void
audit_virus(struct audit *a, struct audit_result *r)
{
	struct clamd_facts facts;
	struct buf path = BUF_INIT;
	struct err err = ERR_INIT;
	struct slice value;

	say_pipeline(a, r, "fe-scan");
	if (audit_setting(a, "fe-scan", "clamd", &value))
		buf_append_slice(&path, value);
	if (path.n == 0)
		audit_say(r, AUDIT_FAIL,
		    "[fe-scan] of fe.conf names no clamd: no virus is found");
	else if (clamd_ask(&facts, path.p, &err) < 0)
		audit_say(r, AUDIT_FAIL, "%s", err.text);
	else {
		audit_say(r, AUDIT_PASS, "clamd answers: %s", facts.version);
		audit_say(r, facts.virus[0] != '\0' ? AUDIT_PASS : AUDIT_FAIL,
		    "the EICAR test file is %s", facts.virus[0] != '\0'
			? facts.virus
			: "not found");
		if (facts.signatures_ms == 0)
			audit_say(r, AUDIT_UNKNOWN, "it does not say how old "
			    "its signatures are");
		else
			audit_say_age(a, r, "its signature database",
			    facts.signatures_ms, SIGNATURE_DAYS);
	}
	buf_free(&path);
}

/*
 * Reputation.
 */

static void
look_up(struct audit_result *r, struct dns *dns, const struct ip *ip,
    struct slice zone)
{
	struct buf name = BUF_INIT;
	struct dns_answer answer;
	char text[IP_TEXT_SIZE];
	struct slice reverse;

	iprev_reverse_name(ip, &name);
	reverse = buf_slice(&name);
	while (reverse.n > 0 && (slice_ends(reverse, ".") ||
		   slice_ends(reverse, ".arpa")))
		reverse = slice_part(reverse, 0,
		    reverse.n - (slice_ends(reverse, ".") ? 1 : 5));
	if (slice_ends(reverse, ".in-addr"))
		reverse = slice_part(reverse, 0, reverse.n - 8);
	else if (slice_ends(reverse, ".ip6"))
		reverse = slice_part(reverse, 0, reverse.n - 4);
	buf_truncate(&name, reverse.n);
	buf_format(&name, ".%.*s", SLICE_ARG(zone));
	dns_ask(dns, buf_slice(&name), DNS_A, 0, &answer);
	ip_text(ip, text);
	if (answer.n > 0)
		audit_say(r, AUDIT_FAIL, "%s is on the list %.*s", text,
		    SLICE_ARG(zone));
	else if (answer.status == DNS_TEMPERROR)
		audit_say(r, AUDIT_UNKNOWN, "%.*s does not answer",
		    SLICE_ARG(zone));
	else
		audit_say(r, AUDIT_PASS, "%s is not on the list %.*s", text,
		    SLICE_ARG(zone));
	dns_answer_free(&answer);
	buf_free(&name);
}

static void
say_lists(struct audit *a, struct audit_result *r)
{
	const struct dns_conf conf = {.timeout_ms = 3000};
	struct ip own[INTERFACE_ADDRESSES_MAX];
	size_t at = 0, n = interface_addresses(own), lists = 0;
	struct slice section, value;
	struct err err = ERR_INIT;
	struct dns *dns = dns_open(&conf, &err);

	while (dns != NULL && audit_next_setting(a, "fe-scan", "dnsbl", &at,
				  &section, &value)) {
		lists++;
		for (size_t i = 0; i < n; i++)
			look_up(r, dns, &own[i], slice_part(value, 0,
			    slice_find(value, ':')));
	}
	if (dns == NULL)
		audit_say(r, AUDIT_UNKNOWN, "%s", err.text);
	else if (lists == 0)
		audit_say(r, AUDIT_UNKNOWN, "no dnsbl under [fe-scan] of "
		    "fe.conf");
	else if (n == 0)
		audit_say(r, AUDIT_UNKNOWN, "this host has no public address");
	dns_close(dns);
}

void
audit_reputation(struct audit *a, struct audit_result *r)
{
	struct buf path = BUF_INIT;

	/* what was written last is in the log of the database */
	if (access(home_file(&path, "state/reputation.sqlite-wal"), F_OK) < 0)
		home_file(&path, "state/reputation.sqlite");
	audit_say_file_age(a, r, "the history of senders", path.p, 2);
	buf_free(&path);
	if (a->network)
		say_lists(a, r);
	else
		audit_say_last_network(a, r, 8);
}

/*
 * Content.
 */

static const char phish[] =
    "From: \"PayPal Security\" <service@account-check.example>\r\n"
    "To: fe-audit@example.org\r\nSubject: Your account is limited\r\n"
    "Date: Sun, 22 Nov 2026 02:19:17 +0000\r\n"
    "Message-ID: <fe-audit@account-check.example>\r\n"
    "MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
    "<p>Sign in: <a href=\"http://192.0.2.1/login\">"
    "https://www.paypal.com/signin</a></p>\r\n";

void
audit_content(struct audit *a, struct audit_result *r)
{
	static const char *const words[] = {"fe-scan", "-i", "mail", "-o",
	    "json", "--no-dns", "--no-history", NULL};
	struct buf out = BUF_INIT, path = BUF_INIT;
	struct err err = ERR_INIT;
	struct slice rest, object = SLICE_NONE, section, value;
	double score = 0;
	size_t at = 0;

	say_pipeline(a, r, "fe-scan");
	if (!audit_need_program(r, "fe-scan"))
		return;
	if (audit_run_program(a, words, slice_text(phish), &out, &err) < 0)
		audit_say(r, AUDIT_UNKNOWN, "%s", err.text);
	rest = buf_slice(&out);
	if (audit_next_object(&rest, &object))
		(void)json_real(
		    json_get(object, "scan.phishing.score"), &score);
	if (err.kind == ERR_NONE)
		audit_say(r, score > 0.9 ? AUDIT_PASS : AUDIT_FAIL,
		    "a made-up phishing mail scores %.2f", score);
	while (audit_next_setting(
	    a, "fe-scan", "block-list", &at, &section, &value)) {
		buf_truncate(&path, 0);
		buf_append_slice(&path, value);
		audit_say_file_age(a, r, path.p, path.p, 8);
	}
	if (at == a->config.n && path.n == 0)
		audit_say(r, AUDIT_NOTE, "no block-list under [fe-scan]");
	buf_free(&out);
	buf_free(&path);
}
