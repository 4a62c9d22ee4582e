/* SPDX-License-Identifier: ISC */
#include "auth/checks.h"
#include "base/json.h"
#include "record/meta.h"
#include "unit.h"

static void
reads_the_names_of_checks(void)
{
	struct slice bad;

	EXPECT_NUMBER("none", 0, checks_read_names(SLICE_NONE, &bad));
	EXPECT_NUMBER("two", CHECKS_DMARC | CHECKS_DKIM,
	    checks_read_names(SLICE("dmarc, dkim"), &bad));
	EXPECT_NUMBER("all", 31, checks_read_names(
	    SLICE("iprev,spf,dkim,arc,dmarc"), &bad));
	EXPECT_NUMBER("bad", -1, checks_read_names(SLICE("spf,Dkim"), &bad));
	EXPECT_SLICE("bad", SLICE("Dkim"), bad);
	EXPECT_NUMBER("empty", -1, checks_read_names(SLICE("spf,"), &bad));
}

static void
one_good_signature_is_enough(void)
{
	struct checks checks = {.spf = {.result = AUTH_PASS}};

	EXPECT(checks_pass(&checks, 0));
	EXPECT(checks_pass(&checks, CHECKS_SPF));
	EXPECT(!checks_pass(&checks, CHECKS_SPF | CHECKS_DKIM));
	checks.dkim.n = 2;
	checks.dkim.items[0].result = AUTH_FAIL;
	EXPECT(!checks_pass(&checks, CHECKS_DKIM));
	checks.dkim.items[1].result = AUTH_PASS;
	EXPECT(checks_pass(&checks, CHECKS_SPF | CHECKS_DKIM));
	EXPECT(!checks_pass(&checks, CHECKS_DMARC));
	EXPECT(!checks_pass(&checks, CHECKS_ARC));
	EXPECT(!checks_pass(&checks, CHECKS_IPREV));
}

static void
mail_that_fails_for_its_author_is_a_finding(void)
{
	static const struct {
		enum auth_result dmarc, spf;
		bool found;
	} rows[] = {{AUTH_FAIL, AUTH_NONE, true},
	    {AUTH_PERMERROR, AUTH_PASS, true}, {AUTH_PASS, AUTH_FAIL, false},
	    {AUTH_NONE, AUTH_FAIL, true}, {AUTH_NONE, AUTH_NONE, false},
	    {AUTH_TEMPERROR, AUTH_SOFTFAIL, false}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct checks checks = {.spf = {.result = rows[i].spf},
		    .dmarc = {.result = rows[i].dmarc}};

		EXPECT_NUMBER(auth_result_text(rows[i].dmarc), rows[i].found,
		    checks_found(&checks));
	}
}

/* Explanations go first, then signatures, so that the share of the meta
 * holds. */
static void
cuts_what_does_not_fit(void)
{
	struct checks checks = {.scope = SPF_MFROM};
	struct auth_context ctx = {.explained = BUF_INIT};
	struct buf out = BUF_INIT, filler = BUF_INIT;
	int64_t cut = -1;

	for (int i = 0; i < 6000; i++)
		buf_append_char(&filler, '\001'); /* six octets in JSON */
	checks.dkim.n = 4;
	for (size_t i = 0; i < 4; i++) {
		checks.dkim.items[i].domain = (struct buf)BUF_INIT;
		buf_append_slice(&checks.dkim.items[i].domain,
		    buf_slice(&filler));
	}
	checks_write(&checks, &ctx, &out);
	EXPECT(out.n <= META_CHECKS_MAX);
	EXPECT_NUMBER("signatures", 1, (long long)json_count(json_get(
	    buf_slice(&out), "dkim")));
	EXPECT(json_integer(json_get(buf_slice(&out), "truncated"), &cut) ==
	    0);
	EXPECT_NUMBER("truncated", 3, cut);
	checks_free(&checks);
	buf_free(&filler);
	buf_free(&out);
}

int
main(void)
{
	UNIT_RUN(reads_the_names_of_checks);
	UNIT_RUN(one_good_signature_is_enough);
	UNIT_RUN(mail_that_fails_for_its_author_is_a_finding);
	UNIT_RUN(cuts_what_does_not_fit);
	return UNIT_RESULT;
}
