/* SPDX-License-Identifier: ISC */
#include "base/slice.h"

#include "unit.h"

static void
compares_octets_not_texts(void)
{
	EXPECT(slice_equal(SLICE("a\0b"), slice_of("a\0b", 3)));
	EXPECT(!slice_equal(SLICE("a\0b"), SLICE("a\0c")));
	EXPECT(!slice_is(SLICE("a\0"), "a"));
	EXPECT(slice_equal(SLICE_NONE, SLICE("")));
	EXPECT(slice_compare(SLICE("a"), SLICE("b")) < 0);
	EXPECT(slice_compare(SLICE("ab"), SLICE("a")) > 0);
	EXPECT(slice_compare(SLICE("\xff"), SLICE("a")) > 0);
	EXPECT(slice_compare(SLICE_NONE, SLICE("")) == 0);
	EXPECT(slice_case_compare(SLICE("aB"), SLICE("Ab")) == 0);
	EXPECT(slice_case_compare(SLICE("a"), SLICE("B")) < 0);
	EXPECT(slice_case_compare(SLICE("AB"), SLICE("a")) > 0);
	EXPECT(slice_case_compare(SLICE_NONE, SLICE("")) == 0);
}

static void
tells_none_from_empty(void)
{
	EXPECT(slice_text(NULL).p == NULL);
	EXPECT(slice_text("").p != NULL);
	EXPECT(slice_part(SLICE_NONE, 0, 5).p == NULL);
}

static void
folds_the_case_of_ascii_alone(void)
{
	EXPECT(slice_case_equal(SLICE("Subject"), SLICE("sUBJECT")));
	EXPECT(!slice_case_equal(SLICE("\xc3\x84"), SLICE("\xc3\xa4")));
	EXPECT(!slice_case_equal(SLICE("["), SLICE("{"))); /* 0x20 apart */
	EXPECT(!slice_case_equal(SLICE("@"), SLICE("`")));
	EXPECT(slice_case_starts(SLICE("RE: x"), "re:"));
	EXPECT(!slice_case_starts(SLICE("RE"), "re:"));
	EXPECT(slice_case_ends(SLICE("x.EML"), ".eml"));
	EXPECT(!slice_ends(SLICE("x.EML"), ".eml"));
	EXPECT(slice_starts(SLICE("x"), ""));
	EXPECT(slice_ends(SLICE("x"), ""));
	EXPECT(!slice_ends(SLICE("l"), ".eml"));
}

static void
clamps_parts(void)
{
	static const struct {
		size_t from, to;
		const char *want;
	} rows[] = {
	    {0, 5, "hello"},
	    {1, 3, "el"},
	    {3, 1, ""},
	    {4, 99, "o"},
	    {99, 100, ""},
	    {0, (size_t)-1, "hello"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		EXPECT_SLICE(rows[i].want, slice_text(rows[i].want),
		    slice_part(SLICE("hello"), rows[i].from, rows[i].to));
}

static void
trims_white_space_at_both_ends(void)
{
	EXPECT_SLICE("both", SLICE("a b"), slice_trim(SLICE(" \ta b\r\n")));
	EXPECT_SLICE("all", SLICE(""), slice_trim(SLICE(" \r\n\t")));
	EXPECT_SLICE("nul", SLICE("\0"), slice_trim(SLICE(" \0 ")));
	EXPECT_SLICE("nbsp", SLICE("\xa0"), slice_trim(SLICE("\xa0")));
}

static void
finds_octets_and_texts(void)
{
	EXPECT_NUMBER("first", 1, slice_find(SLICE("abcb"), 'b'));
	EXPECT_NUMBER("none", 3, slice_find(SLICE("abc"), 'x'));
	EXPECT_NUMBER("nul", 1, slice_find(SLICE("a\0b"), '\0'));
	EXPECT_NUMBER("in none", 0, slice_find(SLICE_NONE, 'x'));
	EXPECT_NUMBER("text", 2, slice_find_text(SLICE("a\r\r\n"),
	    SLICE("\r\n")));
	EXPECT_NUMBER("no text", 3, slice_find_text(SLICE("a\r\r"),
	    SLICE("\r\n")));
	EXPECT_NUMBER("empty text", 0, slice_find_text(SLICE("a"), SLICE("")));
}

static void
cuts_at_each_separator_and_ends(void)
{
	static const char *want[] = {"a", "", "b", ""};
	struct slice rest = SLICE("a,,b,");
	size_t n = 0;

	while (rest.p != NULL && n < 4) {
		struct slice part = slice_cut(&rest, ',');

		EXPECT_SLICE("part", slice_text(want[n]), part);
		n++;
	}
	EXPECT_NUMBER("parts", 4, n);
	EXPECT(rest.p == NULL);
}

static void
reads_lines_with_either_end(void)
{
	static const char *want[] = {"one", "two", "", "a\rb", "last"};
	struct slice rest = SLICE("one\r\ntwo\n\r\na\rb\nlast");
	size_t n = 0;

	while (rest.p != NULL && n < 5) {
		EXPECT_SLICE("line", slice_text(want[n]), slice_line(&rest));
		n++;
	}
	EXPECT_NUMBER("lines", 5, n);
	EXPECT(rest.p == NULL);
	rest = SLICE("one\n");
	slice_line(&rest);
	EXPECT(rest.p == NULL); /* no empty line behind the last LF */
}

static void
classifies_ascii_whatever_the_sign_of_char(void)
{
	for (int c = 128; c < 256; c++) {
		EXPECT(!ascii_is_alnum((char)c));
		EXPECT(!ascii_is_space((char)c));
		EXPECT_NUMBER("hex", -1, ascii_hex((char)c));
		EXPECT(ascii_lower((char)c) == (char)c);
	}
	EXPECT_NUMBER("hex", 15, ascii_hex('F'));
	EXPECT_NUMBER("hex", 10, ascii_hex('a'));
	EXPECT_NUMBER("hex", -1, ascii_hex('g'));
	EXPECT_NUMBER("hex", -1, ascii_hex('\0'));
}

int
main(void)
{
	UNIT_RUN(compares_octets_not_texts);
	UNIT_RUN(tells_none_from_empty);
	UNIT_RUN(folds_the_case_of_ascii_alone);
	UNIT_RUN(clamps_parts);
	UNIT_RUN(trims_white_space_at_both_ends);
	UNIT_RUN(finds_octets_and_texts);
	UNIT_RUN(cuts_at_each_separator_and_ends);
	UNIT_RUN(reads_lines_with_either_end);
	UNIT_RUN(classifies_ascii_whatever_the_sign_of_char);
	return UNIT_RESULT;
}
