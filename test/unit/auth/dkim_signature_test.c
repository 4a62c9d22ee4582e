/* SPDX-License-Identifier: ISC */
#include "auth/dkim_signature.h"
#include "unit.h"

#define BH "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
#define GOOD "v=1;a=rsa-sha256;d=Example.ORG;s=s;h=from:to;bh=" BH ";b=Zm9v"

static void
reads_all_that_a_signature_says(void)
{
	struct dkim_signature s;
	enum auth_result result;
	const char *why = NULL;

	EXPECT(dkim_signature_parse(&s, SIGNATURE_DKIM, SLICE(
	    "v=1; a=ed25519-sha256; c=relaxed/simple; d=Example.ORG; s=sel;"
	    " i=a@b.example.org; h=From : To:from; l=7; t=10; x=20;"
	    " bh=" BH "; b=Zm 9v"), &result, &why) == 0);
	EXPECT(s.type == DKIM_KEY_ED25519);
	EXPECT(s.header_canon == CANON_RELAXED);
	EXPECT(s.body_canon == CANON_SIMPLE);
	EXPECT_SLICE("d", SLICE("example.org"), buf_slice(&s.domain));
	EXPECT_SLICE("s", SLICE("sel"), s.selector);
	EXPECT_SLICE("b", SLICE("foo"), buf_slice(&s.signature));
	EXPECT_NUMBER("l", 7, (long long)s.length);
	EXPECT_NUMBER("t", 10, s.timestamp);
	EXPECT_NUMBER("x", 20, s.expires);
	EXPECT_NUMBER("from", 2, (long long)dkim_signature_count_name(&s,
	    "from"));
	dkim_signature_free(&s);
}

static void
says_what_is_wrong(void)
{
	static const struct {
		enum signature_kind kind;
		const char *value, *why; /* NULL: it is right */
	} rows[] = {
	    {SIGNATURE_DKIM, GOOD, NULL},
	    {SIGNATURE_DKIM, GOOD ";x=1;x=2", "the signature is no tag list"},
	    {SIGNATURE_DKIM, GOOD ";i=a@other.org", "i= is not within d="},
	    {SIGNATURE_DKIM, GOOD ";i=a@notexample.org",
		"i= is not within d="},
	    {SIGNATURE_DKIM, GOOD ";c=odd", "the canonical form is not known"},
	    {SIGNATURE_DKIM, GOOD ";t=2;x=1", "x= is not after t="},
	    {SIGNATURE_DKIM, GOOD ";l=-1", "l= is no number"},
	    {SIGNATURE_DKIM, GOOD ";q=web", "q= does not offer dns/txt"},
	    {SIGNATURE_DKIM, "v=2;a=rsa-sha256;d=a.b;s=s", "v= is not 1"},
	    {SIGNATURE_DKIM, "v=1;d=a.b;s=s", "no a="},
	    {SIGNATURE_DKIM, "v=1;a=rsa-sha256;s=s", "d= is no domain"},
	    {SIGNATURE_DKIM, "v=1;a=rsa-sha256;d=a.b", "s= is no selector"},
	    {SIGNATURE_DKIM, "v=1;a=rsa-sha256;d=a.b;s=s;h=a::b",
		"an empty name in h="},
	    {SIGNATURE_DKIM, "v=1;a=rsa-sha256;d=a.b;s=s;h=from;b=Zg;bh=" BH,
		"b= is no base64"},
	    {SIGNATURE_DKIM, "v=1;a=rsa-sha256;d=a.b;s=s;h=from;b=Zm9v;bh=Zm9v",
		"bh= is no SHA-256 hash"},
	    {SIGNATURE_ARC_MESSAGE,
		"i=1;a=rsa-sha256;d=a.b;s=s;h=;b=Zm9v;bh=" BH, NULL},
	    {SIGNATURE_ARC_MESSAGE,
		"i=51;a=rsa-sha256;d=a.b;s=s;h=;b=Zm9v;bh=" BH,
		"i= is no instance"},
	    {SIGNATURE_ARC_MESSAGE,
		"i=1;a=rsa-sha256;d=a.b;s=s;h=to:arc-seal;b=Zm9v;bh=" BH,
		"h= names ARC-Seal"},
	    {SIGNATURE_ARC_SEAL, "i=1;a=rsa-sha256;d=a.b;s=s;cv=none;b=Zm9v",
		NULL},
	    {SIGNATURE_ARC_SEAL, "i=1;a=rsa-sha256;d=a.b;s=s;cv=None;b=Zm9v",
		"cv= is not none, pass or fail"},
	    {SIGNATURE_ARC_SEAL,
		"i=1;a=rsa-sha256;d=a.b;s=s;cv=none;h=from;b=Zm9v",
		"a seal has no h="},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct dkim_signature s;
		enum auth_result result;
		const char *why = NULL;
		int got = dkim_signature_parse(&s, rows[i].kind,
		    slice_text(rows[i].value), &result, &why);

		EXPECT_NUMBER(rows[i].value, rows[i].why == NULL ? 0 : -1, got);
		EXPECT_SLICE(rows[i].value, slice_text(rows[i].why),
		    got < 0 ? slice_text(why) : SLICE_NONE);
		dkim_signature_free(&s);
	}
}

int
main(void)
{
	UNIT_RUN(reads_all_that_a_signature_says);
	UNIT_RUN(says_what_is_wrong);
	return UNIT_RESULT;
}
