/* SPDX-License-Identifier: ISC */
/* Probes of who a message is from, and of TLS. */
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/home.h"
#include "base/io.h"
#include "net/mta_sts.h"
#include "ops/audit_probe.h"
#include "ops/tls_look.h"

#define TLS_MS 2000 /* for all handshakes together */

/*
 * DNS, by fe-dns.
 */

/* Findings whose name and text are of that kind: `_domainkey', `v=spf1'. */
static void
say_findings(struct audit *a, struct audit_result *r, const char *kind,
    const char *other)
{
	static const char *const words[] = {
	    "fe-dns", "check", "-o", "json", NULL};
	struct slice rest, object;
	size_t n = 0;

	if (!a->network) {
		audit_say_last_network(a, r, 8);
		return;
	}
	audit_ask(a, &a->dns, words);
	if (a->dns.status < 0 ||
	    (a->dns.status > 1 && a->dns.status != 75)) {
		audit_say(r, AUDIT_UNKNOWN, "fe-dns: %s", a->dns.fault);
		return;
	}
	rest = buf_slice(&a->dns.text);
	while (audit_next_object(&rest, &object)) {
		struct slice name = json_plain(json_get(object, "name"));
		struct slice kind_of =
		    json_plain(json_get(object, "difference"));
		struct buf text = BUF_INIT;

		(void)json_string(json_get(object, "text"), &text);
		if (slice_find_text(name, slice_text(kind)) < name.n ||
		    slice_find_text(buf_slice(&text), slice_text(kind)) <
			text.n || (other != NULL && slice_find_text(name,
			slice_text(other)) < name.n)) {
			audit_say(r, slice_is(kind_of, "hint") ? AUDIT_NOTE
			    : slice_is(kind_of, "unknown")     ? AUDIT_UNKNOWN
							       : AUDIT_FAIL,
			    "%.*s: %.*s: %s", SLICE_ARG(name),
			    SLICE_ARG(kind_of), buf_text(&text));
			n++;
		}
		buf_free(&text);
	}
	if (n == 0)
		audit_say(r, a->dns.status == 75 ? AUDIT_UNKNOWN : AUDIT_PASS,
		    "%s", a->dns.status == 75
			? "not all name servers answered"
			: "DNS has what fe-dns wants");
}

static void
say_checked(const struct audit *a, struct audit_result *r)
{
	bool checked = audit_is_in_pipeline(a, "fe-verify");

	audit_say(r, checked ? AUDIT_PASS : AUDIT_FAIL,
	    "mail that comes in is %schecked: fe-verify in HOME/deliver",
	    checked ? "" : "not ");
}

void
audit_spf(struct audit *a, struct audit_result *r)
{
	say_checked(a, r);
	say_findings(a, r, "v=spf1", NULL);
}

void
audit_dmarc(struct audit *a, struct audit_result *r)
{
	say_checked(a, r);
	say_findings(a, r, "_dmarc", NULL);
	(void)audit_need_program(r, "fe-report");
}

/* The file that the web server of a domain shall serve. */
static void
say_policy(const struct audit *a, struct audit_result *r, struct slice domain)
{
	struct buf path = BUF_INIT, text = BUF_LIMITED(MTA_STS_POLICY_MAX + 1);
	struct mta_sts_policy policy;
	const char *why = NULL;
	struct slice host;

	if (io_read_file(home_file(&path, "service/mta-sts/%.*s/"
		".well-known/mta-sts.txt", SLICE_ARG(domain)), &text, NULL) <
	    0)
		audit_say(r, AUDIT_UNKNOWN, "no policy at '%s'", path.p);
	else if (mta_sts_policy_parse(&policy, buf_slice(&text), &why) < 0)
		audit_say(r, AUDIT_FAIL, "'%s' is no policy: %s", path.p, why);
	else if (policy.mode != MTA_STS_ENFORCE)
		audit_say(r, AUDIT_FAIL, "the policy does not enforce: '%s'",
		    path.p);
	else if (audit_hostname(a, &host) &&
	    !mta_sts_policy_covers(&policy, host))
		audit_say(r, AUDIT_FAIL, "the policy does not name %.*s: '%s'",
		    SLICE_ARG(host), path.p);
	else
		audit_say(r, AUDIT_PASS, "the policy of %.*s enforces",
		    SLICE_ARG(domain));
	buf_free(&path);
	buf_free(&text);
}

void
audit_mta_sts(struct audit *a, struct audit_result *r)
{
	struct slice domain;

	if (audit_setting(a, "fe", "domain", &domain))
		say_policy(a, r, domain);
	else
		audit_say(r, AUDIT_UNKNOWN, "fe.conf has no domain");
	say_findings(a, r, "_mta-sts", "_smtp._tls");
	if (a->network)
		audit_say_probe(a, r, "mta-sts dane");
	(void)audit_need_program(r, "fe-send");
}

/*
 * DKIM.
 */

/* Active keys of a domain. */
static size_t
count_active(const char *domain)
{
	struct buf path = BUF_INIT, text = BUF_LIMITED(65536);
	const struct dirent *entry;
	DIR *folder = opendir(home_file(&path, "keys/dkim/%s", domain));
	size_t n = 0;

	while (folder != NULL && (entry = readdir(folder)) != NULL) {
		if (!slice_ends(slice_text(entry->d_name), ".json"))
			continue;
		buf_truncate(&text, 0);
		home_file(&path, "keys/dkim/%s/%s", domain, entry->d_name);
		if (io_read_file(path.p, &text, NULL) == 0 &&
		    json_check(slice_trim(buf_slice(&text)), NULL) == 0)
			n += json_string_is(json_get(slice_trim(buf_slice(
			    &text)), "state"), "active");
	}
	if (folder != NULL)
		closedir(folder);
	buf_free(&path);
	buf_free(&text);
	return n;
}

/* A message, signed for that domain by the programs that are installed. */
static void
say_signed(const struct audit *a, struct audit_result *r, const char *domain)
{
	static const char *const words[] = {
	    "fe-sign", "-i", "mail", "-o", "mail", NULL};
	struct buf message = BUF_INIT, out = BUF_INIT, want = BUF_INIT;
	struct err err = ERR_INIT;
	char now[CLOCK_TEXT_SIZE + 8];
	bool is_signed;
	int status;

	buf_format(&message, "From: fe-audit@%s\r\nTo: fe-audit@%s\r\nSubject:"
	    " fe-audit\r\nDate: %s\r\nMessage-ID: <fe-audit@%s>\r\n\r\nTest."
	    "\r\n", domain, domain, clock_rfc5322(a->now_ms, now), domain);
	buf_format(&want, "d=%s", domain);
	status = audit_run_program(a, words, buf_slice(&message), &out, &err);
	is_signed = status == 0 && slice_find_text(buf_slice(&out),
	    buf_slice(&want)) < out.n;
	if (status < 0)
		audit_say(r, AUDIT_UNKNOWN, "%s", err.text);
	else
		audit_say(r, is_signed ? AUDIT_PASS : AUDIT_FAIL,
		    "a test message of %s is %ssigned", domain,
		    is_signed ? "" : "not ");
	buf_free(&message);
	buf_free(&out);
	buf_free(&want);
}

void
audit_dkim(struct audit *a, struct audit_result *r)
{
	struct buf path = BUF_INIT;
	const struct dirent *entry;
	DIR *folder = opendir(home_file(&path, "keys/dkim"));
	size_t domains = 0;
	bool installed = audit_need_program(r, "fe-sign");

	if (folder == NULL)
		audit_say(r, AUDIT_UNKNOWN, "cannot open folder '%s'", path.p);
	while (folder != NULL && (entry = readdir(folder)) != NULL) {
		size_t n;

		if (entry->d_name[0] == '.')
			continue;
		domains++;
		n = count_active(entry->d_name);
		audit_say(r, n > 0 ? AUDIT_PASS : AUDIT_FAIL,
		    "%s has %zu active keys", entry->d_name, n);
		if (installed && n > 0)
			say_signed(a, r, entry->d_name);
	}
	if (folder != NULL)
		closedir(folder);
	if (folder != NULL && domains == 0)
		audit_say(r, AUDIT_FAIL, "no domain has a key");
	(void)audit_say_keys(a, r, "dkim");
	say_findings(a, r, "_domainkey", NULL);
	(void)audit_need_program(r, "fe-send");
	buf_free(&path);
}

/*
 * TLS.
 */

static bool
is_implicit(uint16_t port)
{
	return port == 465 || port == 993 || port == 995;
}

/* Ours by its port, or by who holds it. */
static bool
is_mail(const struct audit *a, const struct socket_entry *s)
{
	static const char *const servers[] = {
	    "fe-receive", "fe-imap", "fe-pop3", "fe-listen"};
	const struct host_process *p;

	if (s->udp || !s->listens)
		return false;
	if (s->local_port == 25 || s->local_port == 587 ||
	    is_implicit(s->local_port))
		return true;
	p = host_processes_owner(&a->processes, s->inode);
	for (size_t i = 0; p != NULL && i < 4; i++)
		if (strcmp(p->name, servers[i]) == 0)
			return true;
	return false;
}

static void
say_handshakes(struct audit_result *r, const struct socket_entry *s,
    int64_t until_ms)
{
	static const char *const names[TLS_OFFERS] = {
	    "TLS 1.2 or 1.3", "TLS 1.0", "TLS 1.1", "weak suites"};
	bool starttls = !is_implicit(s->local_port);
	struct ip ip = s->local;
	struct err err = ERR_INIT;
	char what[96];

	/* 0.0.0.0 and :: are reached by the loopback */
	if (ip.size == 4 && memcmp(ip.octets, "\0\0\0\0", 4) == 0)
		(void)ip_parse(SLICE("127.0.0.1"), &ip);
	for (int i = 0; i < TLS_OFFERS; i++) {
		enum tls_look_result result = tls_look(&ip, s->local_port,
		    starttls, (enum tls_offer)i, until_ms, what, &err);
		bool taken = result == TLS_LOOK_TAKEN;

		if (result == TLS_LOOK_ERROR) {
			audit_say(r, AUDIT_UNKNOWN, "port %u: %s",
			    s->local_port, err.text);
			return;
		}
		if (result == TLS_LOOK_NONE) {
			audit_say(r, AUDIT_FAIL, "port %u offers no STARTTLS",
			    s->local_port);
			return;
		}
		audit_say(r, taken == (i == 0) ? AUDIT_PASS : AUDIT_FAIL,
		    "port %u %s %s%s%s", s->local_port,
		    taken ? "takes" : "refuses", names[i], taken ? ": " : "",
		    what);
	}
}

void
audit_tls(struct audit *a, struct audit_result *r)
{
	int64_t until_ms = clock_monotonic_ms() + TLS_MS;
	uint16_t seen[16];
	size_t n = 0;

	for (size_t i = 0; i < a->sockets.n && n < 16; i++) {
		const struct socket_entry *s = &a->sockets.items[i];
		bool again = false;

		for (size_t k = 0; k < n; k++)
			again |= seen[k] == s->local_port;
		if (again || !is_mail(a, s))
			continue;
		seen[n++] = s->local_port;
		say_handshakes(r, s, until_ms);
	}
	if (n == 0)
		audit_say(r, AUDIT_UNKNOWN, "no mail server listens here");
	(void)audit_say_keys(a, r, "tls");
	if (a->network)
		audit_say_probe(a, r, "tls certificate starttls");
}
