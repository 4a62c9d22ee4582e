/* SPDX-License-Identifier: ISC */
/* Expected forms are those of RFC 6376, 3.4.5, and counted by hand. */
#include <stdlib.h>

#include "auth/canon.h"
#include "unit.h"

static void
take(void *cookie, const void *p, size_t n)
{
	buf_append(cookie, p, n);
}

static void
expect_body(const char *label, enum canon canon, struct slice body,
    struct slice want)
{
	struct buf got = BUF_INIT;
	struct canon_sink sink = {take, &got};
	uint64_t total = canon_body(canon, body, &sink);

	EXPECT_SLICE(label, want, got.p != NULL ? buf_slice(&got) : SLICE(""));
	EXPECT_NUMBER(label, want.n, total);
	buf_free(&got);
}

static void
follows_the_examples_of_the_rfc(void)
{
	static const struct slice name_a = {"A", 1}, value_a = {" X", 2};
	static const struct slice name_b = {"B ", 2};
	struct slice value_b = SLICE(" Y\t\r\n\tZ  ");
	struct buf out = BUF_INIT;
	struct slice body = SLICE(" C \r\nD \t E\r\n\r\n\r\n");

	canon_field(CANON_RELAXED, name_a, value_a, SLICE("A: X\r\n"), &out);
	/* header_parse takes the blank off the name. */
	canon_field(CANON_RELAXED, slice_part(name_b, 0, 1), value_b,
	    SLICE("B : Y\t\r\n\tZ  \r\n"), &out);
	EXPECT_SLICE("header", SLICE("a:X\r\nb:Y Z\r\n"), buf_slice(&out));
	buf_reset(&out);
	canon_field(CANON_SIMPLE, name_a, value_a, SLICE("A: X\r\n"), &out);
	canon_field(CANON_SIMPLE, name_b, value_b,
	    SLICE("B : Y\t\r\n\tZ  \r\n"), &out);
	EXPECT_SLICE("simple header",
	    SLICE("A: X\r\nB : Y\t\r\n\tZ  \r\n"), buf_slice(&out));
	buf_free(&out);
	expect_body("relaxed", CANON_RELAXED, body, SLICE(" C\r\nD E\r\n"));
	expect_body("simple", CANON_SIMPLE, body,
	    SLICE(" C \r\nD \t E\r\n"));
}

static void
treats_odd_bodies_as_the_rfc_says(void)
{
	static const struct {
		const char *label;
		struct slice body, simple, relaxed;
	} rows[] = {
		{"none", {NULL, 0}, {"\r\n", 2}, {"", 0}},
		{"empty", {"", 0}, {"\r\n", 2}, {"", 0}},
		{"one empty line", {"\r\n", 2}, {"\r\n", 2}, {"", 0}},
		{"blank lines", {" \t\r\n \r\n", 7}, {" \t\r\n \r\n", 7},
		    {"", 0}},
		{"blank line in the middle", {"a\r\n \r\nb\r\n", 9},
		    {"a\r\n \r\nb\r\n", 9}, {"a\r\n\r\nb\r\n", 8}},
		{"no CRLF at the end", {"a b", 3}, {"a b\r\n", 5},
		    {"a b\r\n", 5}},
		{"blanks without CRLF", {"a\r\n  ", 5}, {"a\r\n  \r\n", 7},
		    {"a\r\n", 3}},
		{"leading blanks", {"  a\r\n", 5}, {"  a\r\n", 5},
		    {" a\r\n", 4}},
		{"tab alone", {"a\tb\r\n", 5}, {"a\tb\r\n", 5},
		    {"a b\r\n", 5}},
		{"bare CR", {"a \rb\r\n", 6}, {"a \rb\r\n", 6},
		    {"a \rb\r\n", 6}},
		{"NUL", {"a\0 \r\n", 5}, {"a\0 \r\n", 5}, {"a\0\r\n", 4}},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		expect_body(rows[i].label, CANON_SIMPLE, rows[i].body,
		    rows[i].simple);
		expect_body(rows[i].label, CANON_RELAXED, rows[i].body,
		    rows[i].relaxed);
	}
}

static void
takes_a_body_longer_than_its_stage(void)
{
	struct buf body = BUF_INIT, want = BUF_INIT;

	for (int i = 0; i < 3000; i++) {
		buf_append_text(&body, i % 3 == 0 ? "word  \t x \r\n" :
		    "plain line\r\n");
		buf_append_text(&want, i % 3 == 0 ? "word x\r\n" :
		    "plain line\r\n");
	}
	expect_body("long", CANON_RELAXED, buf_slice(&body),
	    buf_slice(&want));
	expect_body("long", CANON_SIMPLE, buf_slice(&body), buf_slice(&body));
	buf_free(&body);
	buf_free(&want);
}

int
main(void)
{
	UNIT_RUN(follows_the_examples_of_the_rfc);
	UNIT_RUN(treats_odd_bodies_as_the_rfc_says);
	UNIT_RUN(takes_a_body_longer_than_its_stage);
	return UNIT_RESULT;
}
