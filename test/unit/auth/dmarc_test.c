/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <unistd.h>

#include "auth/dmarc.h"
#include "base/io.h"
#include "unit.h"

/* RFC 9989, 4.10 and the appendices' sort of domains. */
static const char zone[] =
    "example.org. A 192.0.2.1\n"
    "_dmarc.example.org. TXT \"v=DMARC1; p=reject; sp=quarantine; np=none\"\n"
    "sub.example.org. A 192.0.2.1\n"
    "strict.test. A 192.0.2.1\n"
    "_dmarc.strict.test. TXT \"v=DMARC1; p=reject; aspf=s; adkim=s\"\n"
    "testing.test. A 192.0.2.1\n"
    "_dmarc.testing.test. TXT \"v=DMARC1; p=reject; t=y\"\n"
    "_dmarc.two.test. TXT \"v=DMARC1; p=reject\"\n"
    "_dmarc.two.test. TXT \"v=DMARC1; p=none\"\n"
    "_dmarc.bank.test. TXT \"v=DMARC1; p=reject; psd=y\"\n"
    "a.bank.test. A 192.0.2.1\n"
    "$SERVFAIL _dmarc.trouble.test\n";

static struct dns *
open_zone(void)
{
	char path[] = "/tmp/dmarc_test.XXXXXX";
	struct dns_conf conf = {.zone_file = path, .timeout_ms = 20000};
	struct err err = ERR_INIT;
	int fd = mkstemp(path);
	struct dns *dns;

	EXPECT(io_write(fd, zone, sizeof(zone) - 1) == 0);
	dns = dns_open(&conf, &err);
	close(fd);
	unlink(path);
	EXPECT(dns != NULL);
	return dns;
}

static void
judges_by_policy_and_alignment(void)
{
	static const struct {
		const char *from, *spf; /* domain that passes, or NULL */
		enum auth_result result;
		const char *policy, *disposition, *found;
	} rows[] = {
	    {"a@example.org", "example.org", AUTH_PASS, "reject", "none",
		"example.org"},
	    {"a@example.org", "sub.example.org", AUTH_PASS, "reject", "none",
		"example.org"},
	    {"a@example.org", "notexample.org", AUTH_FAIL, "reject", "reject",
		"example.org"},
	    {"a@example.org", NULL, AUTH_FAIL, "reject", "reject",
		"example.org"},
	    {"a@sub.example.org", NULL, AUTH_FAIL, "quarantine", "quarantine",
		"example.org"},
	    {"a@sub.example.org", "example.org", AUTH_PASS, "quarantine",
		"none", "example.org"},
	    {"a@nowhere.example.org", NULL, AUTH_FAIL, "none", "none",
		"example.org"},
	    {"a@strict.test", "mail.strict.test", AUTH_FAIL, "reject",
		"reject", "strict.test"},
	    {"a@strict.test", "strict.test", AUTH_PASS, "reject", "none",
		"strict.test"},
	    {"a@testing.test", NULL, AUTH_FAIL, "reject", "quarantine",
		"testing.test"},
	    {"a@two.test", NULL, AUTH_NONE, "", "", ""},
	    {"a@a.bank.test", "b.bank.test", AUTH_FAIL, "reject", "reject",
		"bank.test"},
	    {"a@trouble.test", NULL, AUTH_TEMPERROR, "", "", ""},
	    {"a@example.org, b@other.test", "other.test", AUTH_FAIL, "reject",
		"reject", "example.org"},
	    {"nobody", "example.org", AUTH_NONE, "", "", ""},
	};
	struct dns *dns = open_zone();
	struct auth_context ctx = {.dns = dns, .explained = BUF_INIT};
	struct dkim_report dkim = {.n = 0};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct buf text = BUF_INIT;
		struct spf_result spf = {.result = AUTH_NONE,
		    .domain = BUF_INIT};
		struct dmarc_result got;
		struct header header;

		if (rows[i].spf != NULL) {
			spf.result = AUTH_PASS;
			buf_append_text(&spf.domain, rows[i].spf);
		}
		buf_format(&text, "From: %s\r\n\r\n", rows[i].from);
		header_parse(&header, buf_slice(&text));
		dmarc_check(&ctx, DMARC_RULE_9989, &header, &spf, &dkim, &got);
		EXPECT_NUMBER(rows[i].from, rows[i].result, got.result);
		EXPECT_SLICE(rows[i].from, slice_text(rows[i].policy),
		    slice_text(dmarc_policy_text(got.policy)));
		EXPECT_SLICE(rows[i].from, slice_text(rows[i].disposition),
		    slice_text(dmarc_policy_text(got.disposition)));
		EXPECT_SLICE(rows[i].from, slice_text(rows[i].found),
		    slice_text(buf_text(&got.domain)));
		dmarc_result_free(&got);
		header_free(&header);
		buf_free(&spf.domain);
		buf_free(&text);
	}
	dns_close(dns);
}

int
main(void)
{
	UNIT_RUN(judges_by_policy_and_alignment);
	return UNIT_RESULT;
}
