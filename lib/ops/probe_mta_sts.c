/* SPDX-License-Identifier: ISC */
/* MTA-STS (RFC 8461) of the domain whose mail the host takes. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "crypto/certificate.h"
#include "net/mta_sts.h"
#include "ops/probe_http.h"
#include "ops/probe_link.h"
#include "ops/probe_target.h"

#define CHECK "mta-sts"
#define PORT 443

/* The one record; none, and it has been said why. */
static int
read_record(struct probe *p, struct slice domain, struct buf *record)
{
	struct buf name = BUF_INIT;
	struct dns_answer answer;
	struct slice id;
	const char *why = NULL;
	int result = -1;
	size_t n = 0;

	buf_append_text(&name, "_mta-sts.");
	buf_append_slice(&name, domain);
	dns_ask(p->dns, buf_slice(&name), DNS_TXT, 0, &answer);
	buf_free(&name);
	for (size_t i = 0; i < answer.n; i++)
		if (mta_sts_record_is_one(answer.records[i].data)) {
			buf_truncate(record, 0);
			buf_append_slice(record, answer.records[i].data);
			n++;
		}
	if (answer.status == DNS_TEMPERROR)
		probe_say(p, CHECK, PROBE_UNKNOWN,
		    "nobody answers for the record of %.*s", SLICE_ARG(domain));
	else if (n == 0)
		probe_say(p, CHECK, PROBE_ADVICE, "%.*s has no MTA-STS record",
		    SLICE_ARG(domain));
	else if (n > 1 ||
		 mta_sts_record_parse(buf_slice(record), &id, &why) < 0)
		probe_say(p, CHECK, PROBE_FAIL,
		    "the record of %.*s is none: "
		    "%s",
		    SLICE_ARG(domain), n > 1 ? "there are two" : why);
	else
		result = 0;
	dns_answer_free(&answer);
	return result;
}

/* A GET of the policy from its web server, whose certificate counts. */
static int
fetch_from(struct probe *web, struct buf *text, struct err *err)
{
	const struct tls_client_conf conf = {.host = probe_name(web)};
	struct probe_link l;
	struct buf chain = BUF_INIT, request = BUF_INIT;
	int64_t until = clock_monotonic_ms() + web->conf->timeout_ms;
	int result = -1;

	if (link_open(&l, web, false, err) < 0)
		return -1;
	if (link_tls(&l, &conf, err) < 0)
		goto out;
	tls_client_chain(l.tls, &chain);
	if (certificate_verify(buf_slice(&chain), web->conf->host,
		web->conf->now_ms, web->conf->authorities, err) < 0) {
		err_prefix(err, "its certificate");
		goto out;
	}
	buf_format(&request,
	    "GET /.well-known/mta-sts.txt HTTP/1.0\r\n"
	    "Host: %s\r\nUser-Agent: fe-probe\r\n\r\n",
	    web->conf->host);
	if (link_send(&l, buf_slice(&request), err) < 0)
		goto out;
	while ((result = link_fill(&l, until, err)) == 1 &&
	       l.in.n <= 2 * MTA_STS_POLICY_MAX)
		;
	/* servers that end without a word have said all they had to say */
	if (l.in.n > 0)
		result = 0;
	buf_append_slice(text, buf_slice(&l.in));
out:
	link_drop(&l);
	buf_free(&chain);
	buf_free(&request);
	return result;
}

static int
fetch(struct probe *p, const char *host, struct buf *text, struct err *err)
{
	struct probe_conf conf = *p->conf;
	struct probe_targets targets;
	struct probe web;
	int result;

	conf.host = host;
	conf.port = PORT;
	conf.service = NULL;
	conf.address = NULL;
	result = probe_targets_find(&targets, &conf, p->dns, err);
	for (size_t i = 0; i < targets.n && (i == 0 || result < 0); i++) {
		probe_open(&web, &conf, &targets.items[i].ip, p->dns);
		buf_truncate(text, 0);
		result = fetch_from(&web, text, err);
		probe_close(&web);
	}
	probe_targets_free(&targets);
	return result;
}

static void
judge(struct probe *p, const struct mta_sts_policy *policy, struct slice domain)
{
	struct err err = ERR_INIT;
	const char *mode = mta_sts_mode_text(policy->mode);

	if (!mta_sts_policy_covers(policy, slice_text(p->conf->host)))
		probe_say(p, CHECK,
		    policy->mode == MTA_STS_NONE ? PROBE_ADVICE : PROBE_FAIL,
		    "the policy of %.*s (%s) does not name %s",
		    SLICE_ARG(domain), mode, p->conf->host);
	else if (policy->mode != MTA_STS_NONE && p->chain.n > 0 &&
		 certificate_verify(buf_slice(&p->chain), p->conf->host,
		     p->conf->now_ms, p->conf->authorities, &err) < 0)
		probe_say(p, CHECK, PROBE_FAIL,
		    "the policy of %.*s (%s) asks "
		    "for a certificate that verifies: %s",
		    SLICE_ARG(domain), mode, err.text);
	else
		probe_say(p, CHECK,
		    policy->mode == MTA_STS_ENFORCE ? PROBE_PASS : PROBE_ADVICE,
		    "the policy of %.*s is `%s', and covers %s",
		    SLICE_ARG(domain), mode, p->conf->host);
}

static void
read_policy(struct probe *p, struct slice domain)
{
	char host[300];
	struct buf text = BUF_INIT;
	struct http_answer answer;
	struct mta_sts_policy policy;
	struct err err = ERR_INIT;
	const char *why = NULL;

	snprintf(host, sizeof(host), "mta-sts.%.*s", SLICE_ARG(domain));
	if (fetch(p, host, &text, &err) < 0)
		probe_say(p, CHECK, PROBE_FAIL,
		    "the policy cannot be had from %s: %s", host, err.text);
	else if (http_answer_parse(buf_slice(&text), &answer) < 0)
		probe_say(p, CHECK, PROBE_FAIL,
		    "what %s answers is no HTTP, or cut short", host);
	else if (answer.status != 200)
		probe_say(p, CHECK, PROBE_FAIL,
		    "%s answers %d to "
		    "/.well-known/mta-sts.txt",
		    host, answer.status);
	else if (mta_sts_policy_parse(&policy, answer.body, &why) < 0)
		probe_say(p, CHECK, PROBE_FAIL, "the policy of %s is none: %s",
		    host, why);
	else
		judge(p, &policy, domain);
	buf_free(&text);
}

void
probe_mta_sts(struct probe *p)
{
	struct buf record = BUF_INIT;
	struct slice domain;

	if (p->dns == NULL) {
		probe_say(p, CHECK, PROBE_SKIP, "DNS is not asked");
		return;
	}
	domain = buf_slice(&p->domain);
	if (domain.n == 0)
		probe_say(p, CHECK, PROBE_SKIP,
		    "DNS does not tell whose mail "
		    "%s takes: give --domain",
		    p->conf->host);
	else if (domain.n > 253)
		probe_say(p, CHECK, PROBE_SKIP, "the domain is no name");
	else if (read_record(p, domain, &record) == 0)
		read_policy(p, domain);
	buf_free(&record);
}
