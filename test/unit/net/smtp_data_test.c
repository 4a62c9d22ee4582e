/* SPDX-License-Identifier: ISC */
#include "net/smtp_data.h"

#include "unit.h"

static const struct smtp_limits limits = {.size_max = 200, .memory_max = 1000,
    .header_max = 60, .line_max = 50, .received_max = 2};

/* Each input is given whole, and octet by octet: the result is the same. */
static const struct {
	const char *label;
	struct slice in, body;
	enum smtp_fault fault;
	size_t left; /* octets behind the end */
} rows[] = {
    {"plain", SLICE("a\r\nb\r\n.\r\n"), SLICE("a\r\nb\r\n"), 0, 0},
    {"empty", SLICE(".\r\n"), SLICE(""), 0, 0},
    {"what follows", SLICE("a\r\n.\r\nQUIT\r\n"), SLICE("a\r\n"), 0, 6},
    {"dots", SLICE("..\r\n...a\r\n.b\r\n. \r\n.\r\n"),
	SLICE(".\r\n..a\r\nb\r\n \r\n"), 0, 0},
    {"dot within", SLICE("a.\r\n.\r\n"), SLICE("a.\r\n"), 0, 0},
    {"nul", SLICE("a\0b\r\n\0.\r\n.\r\n"), SLICE("a\0b\r\n\0.\r\n"), 0, 0},
    {"lf.lf", SLICE("a\n.\nb\r\n.\r\n"), SLICE(""), SMTP_BARE_LINE_END, 0},
    {"lf.crlf", SLICE("a\n.\r\nb\r\n.\r\n"), SLICE(""), SMTP_BARE_LINE_END,
	0},
    {"crlf.lf", SLICE("a\r\n.\nb\r\n.\r\n"), SLICE(""), SMTP_BARE_LINE_END,
	0},
    {"cr.cr", SLICE("a\r.\rb\r\n.\r\n"), SLICE(""), SMTP_BARE_LINE_END, 0},
    {"crlf.cr", SLICE("a\r\n.\rb\r\n.\r\n"), SLICE(""), SMTP_BARE_LINE_END,
	0},
    {"crcrlf", SLICE("a\r\r\n.\r\n"), SLICE(""), SMTP_BARE_LINE_END, 0},
    {"line", SLICE("12345678901234567890123456789012345678901234567890x\r\n"
		   ".\r\n"),
	SLICE(""), SMTP_LINE_TOO_LONG, 0},
    {"longest line",
	SLICE("\r\n12345678901234567890123456789012345678901234567890\r\n"
	      ".\r\n"),
	SLICE("\r\n12345678901234567890123456789012345678901234567890\r\n"), 0,
	0},
    {"header", SLICE("a: 3456789012345678901234567890\r\n"
		     "b: 3456789012345678901234567890\r\n\r\n.\r\n"),
	SLICE(""), SMTP_HEADER_TOO_LARGE, 0},
    {"loop", SLICE("Received: 1\r\nRECEIVED: 2\r\nreceived: 3\r\n\r\n.\r\n"),
	SLICE(""), SMTP_LOOP, 0},
    {"received in the body",
	SLICE("Received: 1\r\n\r\nReceived: 2\r\nReceived: 3\r\n.\r\n"),
	SLICE("Received: 1\r\n\r\nReceived: 2\r\nReceived: 3\r\n"), 0, 0}};

static void
expect_row(size_t i, size_t step)
{
	struct buf body = BUF_INIT;
	struct smtp_header_facts facts;
	struct slice in = rows[i].in;
	struct smtp_data d;
	size_t at = 0;

	smtp_data_start(&d, &limits, &body);
	while (at < in.n && !d.ended)
		at += smtp_data_take(&d, slice_part(in, at, at + step));
	EXPECT(d.ended);
	EXPECT_NUMBER(rows[i].label, rows[i].fault,
	    smtp_data_finish(&d, &facts));
	EXPECT_NUMBER(rows[i].label, rows[i].left, in.n - at);
	EXPECT_SLICE(rows[i].label, rows[i].body, buf_slice(&body));
	buf_free(&body);
}

static void
ends_at_crlf_dot_crlf_and_nowhere_else(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (size_t step = 1; step < rows[i].in.n + 1; step++)
			expect_row(i, step);
}

static void
refuses_what_is_too_large_and_keeps_none_of_it(void)
{
	struct smtp_limits little = limits;
	struct buf body = BUF_INIT;
	struct smtp_header_facts facts;
	struct smtp_data d;

	smtp_data_start(&d, &limits, &body);
	for (int i = 0; i < 30; i++)
		smtp_data_take(&d, SLICE("\r\n123456\r\n"));
	smtp_data_take(&d, SLICE(".\r\n"));
	EXPECT_NUMBER(
	    "size", SMTP_TOO_LARGE, smtp_data_finish(&d, &facts));
	EXPECT_NUMBER("body", 0, body.capacity);
	little.memory_max = 10;
	smtp_data_start(&d, &little, &body);
	smtp_data_take(&d, SLICE("\r\n123456\r\n123456\r\n.\r\n"));
	EXPECT_NUMBER(
	    "memory", SMTP_NO_MEMORY, smtp_data_finish(&d, &facts));
	buf_free(&body);
}

static void
takes_chunks_as_they_are(void)
{
	static const struct {
		const char *label;
		struct slice first, second, body;
		enum smtp_fault fault;
	} chunks[] = {
	    {"a dot is a dot", SLICE("a\r\n.\r\n"), SLICE(".b\r\n"),
		SLICE("a\r\n.\r\n.b\r\n"), 0},
	    {"cut within a line end", SLICE("a\r"), SLICE("\nb\r\n"),
		SLICE("a\r\nb\r\n"), 0},
	    {"no line end at the end", SLICE("a\r\n"), SLICE("b"),
		SLICE("a\r\nb"), 0},
	    {"bare lf", SLICE("a\n"), SLICE("b\r\n"), SLICE(""),
		SMTP_BARE_LINE_END},
	    {"cr at the end", SLICE("a\r\n"), SLICE("b\r"), SLICE(""),
		SMTP_BARE_LINE_END},
	    {"cr between", SLICE("a\r"), SLICE("b\r\n"), SLICE(""),
		SMTP_BARE_LINE_END}};

	for (size_t i = 0; i < sizeof(chunks) / sizeof(chunks[0]); i++) {
		struct buf body = BUF_INIT;
		struct smtp_header_facts facts;
		struct smtp_data d;

		smtp_data_start(&d, &limits, &body);
		smtp_data_take_chunk(&d, chunks[i].first);
		smtp_data_take_chunk(&d, chunks[i].second);
		EXPECT_NUMBER(chunks[i].label, chunks[i].fault,
		    smtp_data_finish(&d, &facts));
		EXPECT_SLICE(
		    chunks[i].label, chunks[i].body, buf_slice(&body));
		buf_free(&body);
	}
}

static void
sees_date_and_message_id_in_the_header_alone(void)
{
	struct buf body = BUF_INIT;
	struct smtp_header_facts facts;
	struct smtp_data d;

	smtp_data_start(&d, &limits, &body);
	smtp_data_take(
	    &d, SLICE("DATE: x\r\nSubject: y\r\n\r\nMessage-ID: z\r\n.\r\n"));
	smtp_data_finish(&d, &facts);
	EXPECT(facts.has_date);
	EXPECT(!facts.has_message_id);
	EXPECT_NUMBER("header", 21, facts.size);
	buf_free(&body);
}

int
main(void)
{
	UNIT_RUN(ends_at_crlf_dot_crlf_and_nowhere_else);
	UNIT_RUN(refuses_what_is_too_large_and_keeps_none_of_it);
	UNIT_RUN(takes_chunks_as_they_are);
	UNIT_RUN(sees_date_and_message_id_in_the_header_alone);
	return UNIT_RESULT;
}
