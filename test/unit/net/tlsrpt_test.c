/* SPDX-License-Identifier: ISC */
/* Records of RFC 8460, 3. */
#include "net/tlsrpt.h"

#include "unit.h"

static void
reads_the_examples_of_the_rfc(void)
{
	struct tlsrpt_record record;
	const char *why;

	EXPECT(tlsrpt_record_parse(&record, SLICE(
	    "v=TLSRPTv1;rua=mailto:reports@example.com"), &why) == 0);
	EXPECT_NUMBER("uris", 1, record.n);
	EXPECT_SLICE("mail", SLICE("mailto:reports@example.com"),
	    record.uris[0]);
	EXPECT(tlsrpt_record_parse(&record, SLICE("v=TLSRPTv1; "
	    "rua=https://reporting.example.com/v1/tlsrpt , "
	    "mailto:a@example.com; x=y"), &why) == 0);
	EXPECT_NUMBER("uris", 2, record.n);
	EXPECT_SLICE("web", SLICE("https://reporting.example.com/v1/tlsrpt"),
	    record.uris[0]);
}

static void
refuses_what_is_no_record(void)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{"v=TLSRPTv2; rua=mailto:a@b.example",
		    "it does not begin with v=TLSRPTv1"},
		{" v=TLSRPTv1; rua=mailto:a@b.example",
		    "it does not begin with v=TLSRPTv1"},
		{"v=TLSRPTv1;", "it has no rua"},
		{"v=TLSRPTv1; rua=ftp://a.example, mailto:",
		    "its rua has no mailto: or https: address"},
		{"v=TLSRPTv1; rua=mailto:a@b.example; rua=mailto:c@d.example",
		    "it has two rua"},
	};
	struct tlsrpt_record record;
	const char *why = "";

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		EXPECT(tlsrpt_record_parse(&record, slice_text(rows[i].text),
		    &why) < 0);
		EXPECT_SLICE(rows[i].text, slice_text(rows[i].why),
		    slice_text(why));
	}
}

static void
bounds_the_addresses(void)
{
	char text[2048] = "v=TLSRPTv1; rua=mailto:a@b.example";
	struct tlsrpt_record record;
	const char *why;

	for (int i = 1; i < TLSRPT_URIS_MAX; i++)
		strcat(text, ",mailto:a@b.example");
	EXPECT(tlsrpt_record_parse(&record, slice_text(text), &why) == 0);
	EXPECT_NUMBER("uris", TLSRPT_URIS_MAX, record.n);
	strcat(text, ",mailto:a@b.example");
	EXPECT(tlsrpt_record_parse(&record, slice_text(text), &why) < 0);
}

int
main(void)
{
	UNIT_RUN(reads_the_examples_of_the_rfc);
	UNIT_RUN(refuses_what_is_no_record);
	UNIT_RUN(bounds_the_addresses);
	return UNIT_RESULT;
}
