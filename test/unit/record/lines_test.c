/* SPDX-License-Identifier: ISC */
#include "record/lines.h"

#include "base/json.h"
#include "unit.h"

/* What a file has, what is kept of it, and what a body has. */
static const struct {
	const char *name;
	struct slice octets, body;
	enum lines_form form;
	const char *lines;
} rows[] = {
#define ROW(name, octets, body, form, lines) \
	{name, {octets, sizeof(octets) - 1}, {body, sizeof(body) - 1}, form, \
	    lines}
    ROW("empty", "", "", LINES_CRLF, "\"crlf\""),
    ROW("no line end", "a", "a", LINES_CRLF, "\"crlf\""),
    ROW("crlf", "a\r\nb\r\n", "a\r\nb\r\n", LINES_CRLF, "\"crlf\""),
    ROW("lf", "a\nb\n", "a\r\nb\r\n", LINES_LF, "\"lf\""),
    ROW("lf, last line without", "a\n\nb", "a\r\n\r\nb", LINES_LF, "\"lf\""),
    ROW("lf first", "\n", "\r\n", LINES_LF, "\"lf\""),
    ROW("lone cr", "a\rb\n\r", "a\rb\r\n\r", LINES_LF, "\"lf\""),
    ROW("two cr", "a\r\r\n", "a\r\r\n", LINES_CRLF, "\"crlf\""),
    ROW("nul", "a\0\nb\0", "a\0\r\nb\0", LINES_LF, "\"lf\""),
    ROW("crlf, then lf", "a\r\nb\nc\n", "a\r\nb\r\nc\r\n", LINES_RUNS,
	"[1,2]"),
    ROW("lf, then crlf", "a\nb\r\nc", "a\r\nb\r\nc", LINES_RUNS, "[0,1,1]"),
    ROW("lone cr before both", "\r\n\n\r\r\n\n\r", "\r\n\r\n\r\r\n\r\n\r",
	LINES_RUNS, "[1,1,1,1]"),
};
#define ROWS (sizeof(rows) / sizeof(*rows))

static void
tells_what_line_ends_there_are(void)
{
	for (size_t i = 0; i < ROWS; i++) {
		struct buf runs = BUF_INIT;

		EXPECT_NUMBER(rows[i].name, rows[i].form,
		    lines_look(rows[i].octets, &runs));
		EXPECT_SLICE(rows[i].name, slice_text(rows[i].lines),
		    buf_slice(&runs));
		buf_free(&runs);
	}
}

static void
comes_back_octet_for_octet(void)
{
	for (size_t i = 0; i < ROWS; i++) {
		struct buf body = BUF_INIT, back = BUF_INIT;

		buf_append_slice(&body, rows[i].octets);
		EXPECT(lines_to_crlf(&body) == 0);
		EXPECT_SLICE(rows[i].name, rows[i].body, buf_slice(&body));
		EXPECT_NUMBER(rows[i].name, 0, lines_restore(buf_slice(&body),
		    slice_text(rows[i].lines), &back));
		EXPECT_SLICE(rows[i].name, rows[i].octets, buf_slice(&back));
		buf_free(&body);
		buf_free(&back);
	}
}

static void
prepended_lines_take_the_form_of_the_first(void)
{
	struct buf out = BUF_INIT;

	EXPECT(lines_restore(SLICE("new\r\na\r\nb\r\n"), SLICE("[0,1,1]"),
	    &out) == 0);
	EXPECT_SLICE("lf first", SLICE("new\na\nb\r\n"), buf_slice(&out));
	buf_truncate(&out, 0);
	EXPECT(lines_restore(SLICE("new\r\na\r\nb\r\n"), SLICE("[1,1]"),
	    &out) == 0);
	EXPECT_SLICE("crlf first", SLICE("new\r\na\r\nb\n"), buf_slice(&out));
	buf_free(&out);
}

static void
odd_values_of_lines_leave_the_body_as_it_is(void)
{
	static const char *const values[] = {NULL, "\"mixed\"", "[-1,2]",
	    "[\"a\"]",
	    "7", "[9007199254740992,9007199254740992,1.5]"};

	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		struct buf out = BUF_INIT;

		EXPECT(lines_restore(SLICE("a\r\n"), slice_text(values[i]),
		    &out) < 0);
		EXPECT_SLICE(values[i] != NULL ? values[i] : "none",
		    SLICE("a\r\n"), buf_slice(&out));
		buf_free(&out);
	}
}

static void
runs_of_nothing_but_zeros_end(void)
{
	struct buf out = BUF_INIT;

	lines_restore(SLICE("a\r\nb\r\n"), SLICE("[0,0,0]"), &out);
	EXPECT(out.n >= 4);
	buf_truncate(&out, 0);
	lines_restore(SLICE("a\r\nb\r\n"), SLICE("[]"), &out);
	EXPECT(out.n >= 4);
	buf_free(&out);
}

static void
too_many_changes_are_mixed(void)
{
	struct buf octets = BUF_INIT;

	for (int i = 0; i < LINES_RUNS_MAX; i++)
		buf_append_text(&octets, "\r\n\n");
	EXPECT_NUMBER("form", LINES_MIXED,
	    lines_look(buf_slice(&octets), NULL));
	buf_free(&octets);
}

static void
a_full_buffer_is_told(void)
{
	struct buf small = BUF_LIMITED(3);

	buf_append_text(&small, "a\n\n");
	EXPECT(lines_to_crlf(&small) < 0);
	EXPECT_SLICE("as it was", SLICE("a\n\n"), buf_slice(&small));
	buf_free(&small);
}

int
main(void)
{
	UNIT_RUN(tells_what_line_ends_there_are);
	UNIT_RUN(comes_back_octet_for_octet);
	UNIT_RUN(prepended_lines_take_the_form_of_the_first);
	UNIT_RUN(odd_values_of_lines_leave_the_body_as_it_is);
	UNIT_RUN(runs_of_nothing_but_zeros_end);
	UNIT_RUN(too_many_changes_are_mixed);
	UNIT_RUN(a_full_buffer_is_told);
	return UNIT_RESULT;
}
