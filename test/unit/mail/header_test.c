/* SPDX-License-Identifier: ISC */
#include "mail/header.h"

#include "base/mem.h"
#include "unit.h"

static struct header
parse(const char *message)
{
	struct header h;

	header_parse(&h, slice_text(message));
	return h;
}

static void
splits_fields_and_body(void)
{
	struct header h = parse("From: a@example.org\r\nSubject: one\r\n"
	    "\ttwo\r\n\r\nbody\r\n\r\nmore\r\n");

	EXPECT_NUMBER("fields", 2, h.n);
	EXPECT_SLICE("name", SLICE("Subject"), h.fields[1].name);
	EXPECT_SLICE("value", SLICE(" one\r\n\ttwo"), h.fields[1].value);
	EXPECT_SLICE("whole", SLICE("Subject: one\r\n\ttwo\r\n"),
	    h.fields[1].whole);
	EXPECT_SLICE("text", SLICE("From: a@example.org\r\n"
	    "Subject: one\r\n\ttwo\r\n"), h.text);
	EXPECT_SLICE("body", SLICE("body\r\n\r\nmore\r\n"), h.body);
	EXPECT(!h.truncated);
	header_free(&h);
}

static void
takes_bare_line_feeds(void)
{
	struct header h = parse("A: 1\n b\nB:2\n\nbody");

	EXPECT_NUMBER("fields", 2, h.n);
	EXPECT_SLICE("folded", SLICE(" 1\n b"), h.fields[0].value);
	EXPECT_SLICE("tight", SLICE("2"), h.fields[1].value);
	EXPECT_SLICE("body", SLICE("body"), h.body);
	header_free(&h);
}

static void
ends_at_what_is_no_field(void)
{
	static const struct {
		const char *name, *message;
		size_t fields;
		const char *body; /* NULL: none */
	} rows[] = {
		{"empty message", "", 0, NULL},
		{"no body", "A: 1\r\n", 1, NULL},
		{"no line end", "A: 1", 1, NULL},
		{"empty body", "A: 1\r\n\r\n", 1, ""},
		{"body only", "\r\nhello", 0, "hello"},
		{"text line", "A: 1\r\nhello there\r\nB: 2\r\n", 1,
		    "hello there\r\nB: 2\r\n"},
		{"blank in a name", "A: 1\nB c: 2\n", 1, "B c: 2\n"},
		{"8-bit name", "A: 1\nB\xc3\xa9: 2\n", 1, "B\xc3\xa9: 2\n"},
		{"nothing before the colon", "A: 1\n: 2\n", 1, ": 2\n"},
		{"blanks before the colon", "A \t: 1\n\nb", 1, "b"},
		{"continuation of nothing", " x\nA: 1\n\nb", 1, "b"},
		{"a line of blanks goes on", "A: 1\r\n \r\nB: 2\r\n\r\nb", 2,
		    "b"},
		{"mbox line", "From a@b Sat Jan  1 10:00:00 2000\nA: 1\n\nb",
		    1, "b"},
		{"bare CR is content", "A: 1\r2\n\nb", 1, "b"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct header h = parse(rows[i].message);

		EXPECT_NUMBER(rows[i].name, rows[i].fields, h.n);
		EXPECT_SLICE(rows[i].name, slice_text(rows[i].body), h.body);
		EXPECT((h.body.p == NULL) == (rows[i].body == NULL));
		header_free(&h);
	}
}

static void
keeps_a_nul_in_a_value(void)
{
	struct header h;

	header_parse(&h, SLICE("A: x\0y\r\n\r\nz\0"));
	EXPECT_SLICE("value", SLICE(" x\0y"), h.fields[0].value);
	EXPECT_SLICE("body", SLICE("z\0"), h.body);
	header_free(&h);
}

static void
finds_by_name_and_index_case_blind(void)
{
	struct header h = parse("Received: 1\nTo: x\nRECEIVED: 2\n\n");

	EXPECT_NUMBER("count", 2, header_count(&h, "received"));
	EXPECT_SLICE("second", SLICE(" 2"),
	    header_find(&h, "received", 1)->value);
	EXPECT(header_find(&h, "received", 2) == NULL);
	EXPECT(header_find(&h, "Receive", 0) == NULL);
	header_free(&h);
}

static void
lists_no_more_fields_than_the_limit(void)
{
	struct buf message = BUF_INIT;
	struct header h;

	for (int i = 0; i < HEADER_FIELDS_MAX + 5; i++)
		buf_append_text(&message, "A: 1\n");
	buf_append_text(&message, "\nbody");
	header_parse(&h, buf_slice(&message));
	EXPECT_NUMBER("fields", HEADER_FIELDS_MAX, h.n);
	EXPECT(h.truncated);
	EXPECT_SLICE("body", SLICE("body"), h.body);
	EXPECT_NUMBER("text", (HEADER_FIELDS_MAX + 5) * 5, h.text.n);
	header_free(&h);
	buf_free(&message);
}

static void
leaves_out_fields_beyond_the_size_limit(void)
{
	struct buf message = BUF_INIT;
	struct header h;

	buf_append_text(&message, "A: 1\nB: ");
	for (size_t i = 0; i < HEADER_SIZE_MAX; i++)
		buf_append_char(&message, 'x');
	buf_append_text(&message, "\n\nbody");
	header_parse(&h, buf_slice(&message));
	EXPECT_NUMBER("fields", 1, h.n);
	EXPECT(h.truncated);
	EXPECT_SLICE("body", SLICE("body"), h.body);
	header_free(&h);
	buf_free(&message);
}

static void
unfolds_as_rfc_5322_has_it(void)
{
	struct buf out = BUF_INIT;

	header_unfold(SLICE(" a\r\n  b\n\tc \r\n"), &out);
	EXPECT_SLICE("unfolded", SLICE("a  b\tc"), buf_slice(&out));
	buf_free(&out);
}

static void
decodes_words_and_makes_each_fold_one_blank(void)
{
	struct header h = parse("Subject: =?utf-8?q?caf=C3=A9?=\r\n"
	    "  and\r\n\t=?iso-8859-1?b?6Q==?=\r\n\r\n");
	struct buf out = BUF_INIT;

	header_decoded(&h, "subject", &out);
	EXPECT_SLICE("decoded", SLICE("caf\xc3\xa9 and \xc3\xa9"),
	    buf_slice(&out));
	buf_reset(&out);
	header_decoded(&h, "to", &out);
	EXPECT_NUMBER("absent", 0, out.n);
	buf_free(&out);
	header_free(&h);
}

int
main(void)
{
	UNIT_RUN(splits_fields_and_body);
	UNIT_RUN(takes_bare_line_feeds);
	UNIT_RUN(ends_at_what_is_no_field);
	UNIT_RUN(keeps_a_nul_in_a_value);
	UNIT_RUN(finds_by_name_and_index_case_blind);
	UNIT_RUN(lists_no_more_fields_than_the_limit);
	UNIT_RUN(leaves_out_fields_beyond_the_size_limit);
	UNIT_RUN(unfolds_as_rfc_5322_has_it);
	UNIT_RUN(decodes_words_and_makes_each_fold_one_blank);
	return UNIT_RESULT;
}
