/* SPDX-License-Identifier: ISC */
/* Probes of what people do and publish. */
#include <stdio.h>
#include <string.h>

#include "base/home.h"
#include "base/installation.h"
#include "base/io.h"
#include "ops/audit_probe.h"
#include "ops/security_txt.h"

#define TREND_DAYS 7
#define EXPIRES_SOON_DAYS 30

void
audit_attested(struct audit *a, struct audit_result *r)
{
	audit_say_attestation(a, r);
}

void
audit_privacy(struct audit *a, struct audit_result *r)
{
	(void)audit_need_program(r, "fe-privacy");
	audit_say_attestation(a, r);
}

void
audit_incidents(struct audit *a, struct audit_result *r)
{
	(void)a;
	(void)audit_need_program(r, "fe-incident");
}

void
audit_report(struct audit *a, struct audit_result *r)
{
	(void)a;
	(void)audit_need_program(r, "fe-report");
}

void
audit_licence(struct audit *a, struct audit_result *r)
{
	struct buf path = BUF_INIT, text = BUF_LIMITED(65536);
	struct err err = ERR_INIT;

	(void)a;
	/* in the tree it is one folder up from share/ */
	if ((installation_share(&path, "COPYING", &err) < 0 &&
		installation_share(&path, "../COPYING", &err) < 0) ||
	    io_read_file(path.p, &text, &err) < 0)
		audit_say(r, AUDIT_FAIL, "%s", err.text);
	else if (slice_find_text(buf_slice(&text), SLICE("Permission to use"))
	    == text.n)
		audit_say(r, AUDIT_FAIL, "'%s' is another licence", path.p);
	else
		audit_say(r, AUDIT_PASS, "the ISC licence, '%s'", path.p);
	buf_free(&path);
	buf_free(&text);
}

static void
say_expiry(const struct audit *a, struct audit_result *r, int64_t expires_ms)
{
	int64_t days = (expires_ms - a->now_ms) / AUDIT_DAY_MS;

	if (expires_ms <= a->now_ms)
		audit_say(r, AUDIT_FAIL, "it has expired");
	else
		audit_say(r, days < EXPIRES_SOON_DAYS ? AUDIT_NOTE
						     : AUDIT_PASS,
		    "it expires in %lld days", (long long)days);
}

void
audit_disclosure(struct audit *a, struct audit_result *r)
{
	struct buf path = BUF_INIT, text = BUF_LIMITED(SECURITY_TXT_MAX + 1);
	struct security_txt_facts facts;

	if (io_read_file(home_file(&path, "service/security-txt/security.txt"),
		&text, NULL) < 0) {
		audit_say(r, AUDIT_FAIL, "there is no '%s'", path.p);
	} else {
		security_txt_check(buf_slice(&text), &facts);
		if (facts.fault[0] != '\0')
			audit_say(r, AUDIT_FAIL, "'%s': %s", path.p,
			    facts.fault);
		else
			audit_say(r, AUDIT_PASS, "'%s' has %u contact%s",
			    path.p, facts.contacts,
			    facts.contacts == 1 ? "" : "s");
		if (facts.expires_ms >= 0)
			say_expiry(a, r, facts.expires_ms);
		audit_say(r, facts.is_signed ? AUDIT_PASS : AUDIT_FAIL,
		    "it is %s", facts.is_signed
			? "signed; whose signature it is, is not looked at"
			: "not signed (gpg --clearsign)");
	}
	buf_free(&path);
	buf_free(&text);
}

void
audit_trends(struct audit *a, struct audit_result *r)
{
	const struct audit_log *log = a->log;
	int64_t days;

	if (log == NULL || log->runs_n == 0) {
		audit_say(r, AUDIT_UNKNOWN, "this is the first run");
		return;
	}
	days = (a->now_ms - log->runs[0].time_ms) / AUDIT_DAY_MS;
	audit_say(r, AUDIT_PASS, "the chain of %zu entries is whole, head "
	    "%.16s", log->chain.n, hash_chain_head(&log->chain));
	audit_say(r, days >= TREND_DAYS ? AUDIT_PASS : AUDIT_UNKNOWN,
	    "it has %zu runs of %lld days", log->runs_n, (long long)days);
	if (log->chain.torn > 0)
		audit_say(r, AUDIT_NOTE, "a crash cut its last line short");
}
