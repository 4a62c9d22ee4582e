/* SPDX-License-Identifier: ISC */
#include "mail/encoding.h"

#include "unit.h"

struct row {
	const char *name, *text, *want;
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void
expect_decoded(enum encoding encoding, const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct buf out = BUF_INIT;

		EXPECT(encoding_decode(encoding, slice_text(rows[i].text),
		    &out) == 0);
		EXPECT_SLICE(rows[i].name, slice_text(rows[i].want),
		    buf_slice(&out));
		buf_free(&out);
	}
}

static void
names_encodings(void)
{
	EXPECT_NUMBER("none", ENCODING_IDENTITY, encoding_of(SLICE_NONE));
	EXPECT_NUMBER("base64", ENCODING_BASE64, encoding_of(SLICE(" BASE64")));
	EXPECT_NUMBER("comment", ENCODING_QUOTED_PRINTABLE,
	    encoding_of(SLICE("quoted-printable (x)")));
	EXPECT_NUMBER("8bit", ENCODING_IDENTITY, encoding_of(SLICE("8bit;")));
	EXPECT_NUMBER("quotes", ENCODING_BASE64,
	    encoding_of(SLICE("\"base64\"")));
	EXPECT_NUMBER("odd", ENCODING_UNKNOWN, encoding_of(SLICE("x-foo")));
}

static void
decodes_base64_with_what_mail_puts_into_it(void)
{
	/* RFC 4648, 10, and odd ones. */
	static const struct row rows[] = {
		{"empty", "", ""}, {"f", "Zg==", "f"}, {"fo", "Zm8=", "fo"},
		{"foo", "Zm9v", "foo"}, {"foob", "Zm9vYg==", "foob"},
		{"fooba", "Zm9vYmE=", "fooba"},
		{"foobar", "Zm9vYmFy", "foobar"},
		{"lines", "Zm9v\r\nYmFy\r\n", "foobar"},
		{"inside a group", "Z m\r\n9v", "foo"},
		{"no padding", "Zm9vYg", "foob"},
		{"odd octets", "!Zm9v\xff*YmFy.", "foobar"},
		{"joined texts", "Zg==Zg==", "ff"},
		{"one character", "Z", ""}, {"padding only", "====", ""}};

	expect_decoded(ENCODING_BASE64, rows, COUNT(rows));
}

static void
refuses_base64_that_is_not_strict(void)
{
	static const struct {
		const char *text;
		bool folded, good;
	} rows[] = {
		{"Zm9v", false, true}, {"", false, true}, {"Zg==", false, true},
		{"Zm\r\n 9v", true, true}, {"Zm\r\n 9v", false, false},
		{"Zg=", false, false}, {"Zg", false, false},
		{"Z===", false, false}, {"Zg==Zg==", false, false},
		{"Zm9*", false, false}, {"Zm9v=", false, false},
		{"====", false, false}};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf out = BUF_INIT;

		EXPECT_NUMBER(rows[i].text, rows[i].good ? 0 : -1,
		    base64_decode_strict(slice_text(rows[i].text),
		    rows[i].folded, &out));
		EXPECT(rows[i].good || out.n == 0);
		buf_free(&out);
	}
}

static void
encodes_base64_in_lines(void)
{
	struct buf out = BUF_INIT;

	EXPECT(base64_encode(SLICE("foobar"), 0, &out) == 0);
	EXPECT_SLICE("one line", SLICE("Zm9vYmFy"), buf_slice(&out));
	EXPECT_NUMBER("size", 8, base64_encoded_size(6));
	buf_reset(&out);
	EXPECT(base64_encode(SLICE("foobarf"), 4, &out) == 0);
	EXPECT_SLICE("lines", SLICE("Zm9v\r\nYmFy\r\nZg==\r\n"),
	    buf_slice(&out));
	buf_reset(&out);
	EXPECT(base64_encode(SLICE(""), 76, &out) == 0);
	EXPECT_NUMBER("nothing", 0, out.n);
	buf_free(&out);
}

static void
decodes_quoted_printable_as_it_comes(void)
{
	static const struct row rows[] = {
		{"escapes", "=41=c3=A9", "A\xc3\xa9"},
		{"soft break", "a=\r\nb=\nc", "abc"},
		{"soft break and blanks", "a= \t\r\nb", "ab"},
		{"soft break at the end", "a=", "a"},
		{"blanks at the end of a line", "a \t\r\nb  ", "a\r\nb  "},
		{"bad escape", "a=XYb=4", "a=XYb=4"},
		{"lone equals sign", "1 = 2", "1 = 2"},
		{"line ends stay", "a\nb\r\n\nc", "a\nb\r\n\nc"}};

	expect_decoded(ENCODING_QUOTED_PRINTABLE, rows, COUNT(rows));
}

static void
encodes_quoted_printable_strictly(void)
{
	struct buf out = BUF_INIT, text = BUF_INIT;

	quoted_printable_encode(SLICE("a=b\xc3\xa9 \nFrom x\n.\nend\t"), &out);
	EXPECT_SLICE("text", SLICE("a=3Db=C3=A9=20\r\n=46rom x\r\n=2E\r\n"
	    "end=09"), buf_slice(&out));
	buf_reset(&out);
	for (int i = 0; i < 100; i++)
		buf_append_char(&text, 'x');
	quoted_printable_encode(buf_slice(&text), &out);
	EXPECT_NUMBER("first line", 76, slice_find(buf_slice(&out), '\r'));
	EXPECT_NUMBER("in all", 103, out.n);
	buf_free(&out);
	buf_free(&text);
}

static void
decodes_uuencode_between_begin_and_end(void)
{
	/* As uuencode(1) has it. */
	static const struct row rows[] = {
		{"file", "x\nbegin 644 a b.txt\n,:&5L;&\\L('=O<FQD\n`\nend\n"
		    "x\n", "hello, world"},
		{"no begin", ",:&5L;&\\L('=O<FQD\n", "hello, world"},
		{"CRLF", "begin 644 a\r\n,:&5L;&\\L('=O<FQD\r\n`\r\nend\r\n",
		    "hello, world"},
		{"no end", "begin 644 a\n#:&5L", "hel"},
		{"a line too long is none",
		    "begin 644 a\n!abcdefghijk\nend\n", ""}};
	struct buf out = BUF_INIT;
	struct slice name;

	expect_decoded(ENCODING_UUENCODE, rows, COUNT(rows));
	uuencode_decode(slice_text(rows[0].text), &out, &name);
	EXPECT_SLICE("name", SLICE("a b.txt"), name);
	uuencode_decode(SLICE("no file"), &out, &name);
	EXPECT(name.p == NULL);
	buf_free(&out);
}

static void
gives_the_beginning_when_the_buffer_is_full(void)
{
	static const struct {
		enum encoding encoding;
		const char *text;
	} rows[] = {
		{ENCODING_IDENTITY, "foobar"}, {ENCODING_BASE64, "Zm9vYmFy"},
		{ENCODING_QUOTED_PRINTABLE, "f=6fobar"},
		{ENCODING_UUENCODE, "&9F]O8F%R\n"}};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf out = BUF_LIMITED(4);

		EXPECT(encoding_decode(rows[i].encoding,
		    slice_text(rows[i].text), &out) == -1);
		EXPECT_SLICE(rows[i].text, SLICE("foob"), buf_slice(&out));
		buf_free(&out);
	}
}

static void
decodes_percent_escapes(void)
{
	struct buf out = BUF_INIT;

	percent_decode(SLICE("%41%c3%A9%zz%4%"), &out);
	EXPECT_SLICE("decoded", SLICE("A\xc3\xa9%zz%4%"), buf_slice(&out));
	buf_free(&out);
}

int
main(void)
{
	UNIT_RUN(names_encodings);
	UNIT_RUN(decodes_base64_with_what_mail_puts_into_it);
	UNIT_RUN(refuses_base64_that_is_not_strict);
	UNIT_RUN(encodes_base64_in_lines);
	UNIT_RUN(decodes_quoted_printable_as_it_comes);
	UNIT_RUN(encodes_quoted_printable_strictly);
	UNIT_RUN(decodes_uuencode_between_begin_and_end);
	UNIT_RUN(gives_the_beginning_when_the_buffer_is_full);
	UNIT_RUN(decodes_percent_escapes);
	return UNIT_RESULT;
}
