/* SPDX-License-Identifier: ISC */
#include "auth/dmarc_record.h"
#include "auth/domain.h"
#include "unit.h"

static void
knows_a_dmarc_record_by_its_first_tag(void)
{
	static const struct {
		const char *text;
		bool is_one;
	} rows[] = {{"v=DMARC1; p=none", true}, {"v = DMARC1 ;p=none", true},
	    {"v=DMARC1", true}, {"V=DMARC1; p=none", true},
	    {"v=dmarc1; p=none", false}, {"p=none; v=DMARC1", false},
	    {"v=DMARC10; p=none", false}, {"", false}, {"v=spf1", false}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		EXPECT_NUMBER(rows[i].text, rows[i].is_one,
		    dmarc_record_is_one(slice_text(rows[i].text)));
}

static void
reads_policies_and_their_faults(void)
{
	static const struct {
		const char *text;
		bool has_policy;
		enum dmarc_policy p, sp, np;
	} rows[] = {
		{"v=DMARC1; p=reject", true, DMARC_REJECT, DMARC_UNSET,
		    DMARC_UNSET},
		{"V=DMARC1; P=Quarantine; SP=none; np=reject", true,
		    DMARC_QUARANTINE, DMARC_POLICY_NONE, DMARC_REJECT},
		{"v=DMARC1; p=bogus", false, DMARC_POLICY_NONE, DMARC_UNSET,
		    DMARC_UNSET},
		{"v=DMARC1; rua=mailto:a@b.c", true, DMARC_POLICY_NONE,
		    DMARC_UNSET, DMARC_UNSET},
		{"v=DMARC1; p=reject; sp=x; rua=mailto:a@b.c", true,
		    DMARC_POLICY_NONE, DMARC_UNSET, DMARC_UNSET},
		{"v=DMARC1;; p=reject; junk", true, DMARC_REJECT, DMARC_UNSET,
		    DMARC_UNSET},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct dmarc_record record;

		dmarc_record_parse(&record, slice_text(rows[i].text));
		EXPECT_NUMBER(rows[i].text, rows[i].has_policy,
		    record.has_policy);
		EXPECT_NUMBER(rows[i].text, rows[i].p, record.p);
		EXPECT_NUMBER(rows[i].text, rows[i].sp, record.sp);
		EXPECT_NUMBER(rows[i].text, rows[i].np, record.np);
	}
}

/* Tags that nobody knows are ignored, however many there are (RFC 9989, 4.8):
 * a record with its policy behind them would else have none. */
static void
finds_the_policy_behind_any_number_of_unknown_tags(void)
{
	struct buf text = BUF_INIT;
	struct dmarc_record record;

	buf_append_text(&text, "v=DMARC1");
	for (int i = 0; i < 500; i++)
		buf_format(&text, "; x%d=y", i);
	buf_append_text(&text, "; p=reject; sp=quarantine; aspf=s; t=y");
	dmarc_record_parse(&record, buf_slice(&text));
	EXPECT(record.has_policy);
	EXPECT_NUMBER("p", DMARC_REJECT, record.p);
	EXPECT_NUMBER("sp", DMARC_QUARANTINE, record.sp);
	EXPECT(record.strict_spf && record.testing && !record.strict_dkim);
	buf_free(&text);
}

static void
knows_names_within_names(void)
{
	EXPECT(domain_is_within(SLICE("a.Example.org"), SLICE("example.ORG")));
	EXPECT(domain_is_within(SLICE("example.org"), SLICE("example.org")));
	EXPECT(!domain_is_within(SLICE("notexample.org"),
	    SLICE("example.org")));
	EXPECT(!domain_is_within(SLICE("org"), SLICE("example.org")));
	EXPECT_SLICE("last", SLICE("b.c"), domain_last_labels(
	    SLICE("a.b.c"), 2));
	EXPECT_SLICE("all", SLICE("a.b.c"), domain_last_labels(
	    SLICE("a.b.c"), 7));
}

static void
refuses_what_is_no_domain(void)
{
	static const char *const rows[] = {"", ".", "a..b", ".a", "a b.c",
	    "a\tb", "x123456789012345678901234567890123456789012345678901234567"
	    "8901234.com", "\xff\xfe.org"};
	struct buf out = BUF_INIT;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		EXPECT_NUMBER(rows[i], -1,
		    domain_to_ascii(slice_text(rows[i]), &out));
	EXPECT(domain_to_ascii(SLICE("B\xc3\xbc" "cher.Example."), &out) == 0);
	EXPECT_SLICE("A-label", SLICE("xn--bcher-kva.example"),
	    buf_slice(&out));
	buf_free(&out);
}

int
main(void)
{
	UNIT_RUN(knows_a_dmarc_record_by_its_first_tag);
	UNIT_RUN(reads_policies_and_their_faults);
	UNIT_RUN(finds_the_policy_behind_any_number_of_unknown_tags);
	UNIT_RUN(knows_names_within_names);
	UNIT_RUN(refuses_what_is_no_domain);
	return UNIT_RESULT;
}
