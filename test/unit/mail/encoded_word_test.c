/* SPDX-License-Identifier: ISC */
#include "mail/encoded_word.h"

#include "unit.h"

static void
decodes_words_as_mail_has_them(void)
{
	/* RFC 2047, 8, and odd ones. */
	static const struct {
		const char *text, *want;
	} rows[] = {
		{"=?ISO-8859-1?Q?a?=", "a"},
		{"=?ISO-8859-1?Q?a?= b", "a b"},
		{"=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=", "ab"},
		{"=?ISO-8859-1?Q?a?=  =?ISO-8859-1?Q?b?=", "ab"},
		{"=?ISO-8859-1?Q?a?=\r\n    =?ISO-8859-1?Q?b?=", "ab"},
		{"=?ISO-8859-1?Q?a_b?=", "a b"},
		{"=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=", "a b"},
		{"=?utf-8?B?w6k=?=", "\xc3\xa9"},
		{"=?utf-8?q?=C3?= =?utf-8?q?=A9?=", "\xc3\xa9"},
		{"=?utf-8?b?ww==?= =?UTF-8?q?=A9?=", "\xc3\xa9"},
		{"=?iso-8859-1?q?two words?=", "two words"},
		{"(=?utf-8?q?x?=)", "(x)"},
		{"=?utf-8?q?a=XX=4?=", "a=XX=4"},
		{"=?utf-8?x?a?=", "=?utf-8?x?a?="},
		{"=?utf-8?q?never ended", "=?utf-8?q?never ended"},
		{"=?=?=?utf-8?q?a?=", "=?=?a"},
		{"a\r\n\tb \r\n  c", "a b c"},
		{"\xe9t\xc3\xa9", "\xef\xbf\xbdt\xc3\xa9"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf out = BUF_INIT;

		encoded_word_decode(slice_text(rows[i].text), &out);
		EXPECT_SLICE(rows[i].text, slice_text(rows[i].want),
		    buf_slice(&out));
		buf_free(&out);
	}
}

static void
leaves_plain_text_as_it_is(void)
{
	struct buf out = BUF_INIT;

	encoded_word_encode(SLICE("Re: 2 of 3!"), 9, &out);
	EXPECT_SLICE("colon is special", SLICE("=?UTF-8?B?UmU6IDIgb2YgMyE=?="),
	    buf_slice(&out));
	buf_reset(&out);
	encoded_word_encode(SLICE("hello there"), 9, &out);
	EXPECT_SLICE("plain", SLICE("hello there"), buf_slice(&out));
	buf_free(&out);
}

static void
writes_words_of_whole_characters_within_75(void)
{
	struct buf text = BUF_INIT, out = BUF_INIT, back = BUF_INIT;
	struct slice rest;

	for (int i = 0; i < 60; i++)
		buf_append_text(&text, "\xe3\x83\x8f");
	encoded_word_encode(buf_slice(&text), 9, &out);
	encoded_word_decode(buf_slice(&out), &back);
	EXPECT_SLICE("back", buf_slice(&text), buf_slice(&back));
	for (rest = buf_slice(&out); rest.p != NULL;) {
		struct slice line = slice_trim(slice_line(&rest));
		struct buf one = BUF_INIT;

		EXPECT(line.n <= ENCODED_WORD_SIZE_MAX);
		encoded_word_decode(line, &one);
		EXPECT_NUMBER("whole characters", 0, one.n % 3);
		buf_free(&one);
	}
	buf_free(&text);
	buf_free(&out);
	buf_free(&back);
}

int
main(void)
{
	UNIT_RUN(decodes_words_as_mail_has_them);
	UNIT_RUN(leaves_plain_text_as_it_is);
	UNIT_RUN(writes_words_of_whole_characters_within_75);
	return UNIT_RESULT;
}
