/* SPDX-License-Identifier: ISC */
#include "mail/charset.h"

#include <iconv.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/sandbox.h"
#include "base/utf8.h"
#include "unit.h"

static void
reads_the_charsets_of_real_mail(void)
{
	static const struct {
		const char *name, *text, *want;
	} rows[] = {
		{"utf-8", "caf\xc3\xa9", "caf\xc3\xa9"},
		{"UTF8", "caf\xc3\xa9", "caf\xc3\xa9"},
		{"utf-8", "a\xe9z\xc3", "a\xef\xbf\xbdz\xef\xbf\xbd"},
		{"iso-8859-1", "caf\xe9", "caf\xc3\xa9"},
		{"latin1", "\x93q\x94 \x80",
		    "\xe2\x80\x9cq\xe2\x80\x9d \xe2\x82\xac"},
		{"iso-8859-1*en", "\xe9", "\xc3\xa9"},
		{"\"windows-1252\"", "\x85", "\xe2\x80\xa6"},
		{"windows-1252", "\x81", "\xef\xbf\xbd"},
		{"us-ascii", "caf\xe9", "caf\xc3\xa9"},
		{"us-ascii", "caf\xc3\xa9", "caf\xc3\xa9"},
		{"", "caf\xe9", "caf\xc3\xa9"},
		{"iso-8859-15", "\xa4", "\xe2\x82\xac"},
		{"iso-8859-2", "\xb1", "\xc4\x85"},
		{"windows-1251", "\xcf\xf0", "\xd0\x9f\xd1\x80"},
		{"koi8-r", "\xf0\xd2", "\xd0\x9f\xd1\x80"},
		{"gb2312", "\xc4\xe3\xba\xc3", "\xe4\xbd\xa0\xe5\xa5\xbd"},
		{"big5", "\xa7\x41", "\xe4\xbd\xa0"},
		{"shift_jis", "\x82\xa0", "\xe3\x81\x82"},
		{"x-sjis", "\x82\xa0", "\xe3\x81\x82"},
		{"euc-jp", "\xa4\xa2", "\xe3\x81\x82"},
		{"iso-2022-jp", "\x1b$B$\"\x1b(B", "\xe3\x81\x82"},
		{"csISO2022JP", "\x1b$B$\"\x1b(B", "\xe3\x81\x82"},
		{"euc-kr", "\xb0\xa1", "\xea\xb0\x80"},
		{"ks_c_5601-1987", "\xb0\xa1", "\xea\xb0\x80"},
		{"utf-7", "+AOk-", "\xc3\xa9"},
		{"utf-16be", "\x01\x41", "\xc5\x81"},
		{"tis-620", "\xa1", "\xe0\xb8\x81"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf out = BUF_INIT;

		EXPECT(charset_to_utf8(slice_text(rows[i].name),
		    slice_text(rows[i].text), &out) == 0);
		EXPECT_SLICE(rows[i].name, slice_text(rows[i].want),
		    buf_slice(&out));
		buf_free(&out);
	}
}

static void
replaces_what_it_cannot_read(void)
{
	struct buf out = BUF_INIT;

	EXPECT(!charset_is_known(SLICE("x-klingon")));
	EXPECT(!charset_is_known(SLICE("iso-2022-cn-ext")));
	EXPECT(charset_is_known(SLICE("Windows-1252")));
	charset_to_utf8(SLICE("x-klingon"), SLICE("a\xe9\xe8z"), &out);
	EXPECT_SLICE("unknown", SLICE("a\xef\xbf\xbdz"), buf_slice(&out));
	buf_reset(&out);
	charset_to_utf8(SLICE("shift_jis"), SLICE("a\x82"), &out);
	EXPECT_SLICE("cut off", SLICE("a\xef\xbf\xbd"), buf_slice(&out));
	buf_reset(&out);
	charset_to_utf8(SLICE("big5"), SLICE("a\xff\xff" "b"), &out);
	EXPECT_SLICE("invalid", SLICE("a\xef\xbf\xbd\xef\xbf\xbd" "b"),
	    buf_slice(&out));
	buf_free(&out);
}

static void
fills_a_small_buffer_with_whole_characters(void)
{
	static const char *const names[] = {"utf-8", "iso-8859-1", "koi8-r"};

	for (size_t i = 0; i < 3; i++) {
		struct buf out = BUF_LIMITED(5);

		EXPECT(charset_to_utf8(slice_text(names[i]), i == 0 ?
		    SLICE("\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9") :
		    SLICE("\xe9\xe9\xe9\xe9"), &out) == -1);
		EXPECT_NUMBER(names[i], 4, out.n);
		EXPECT(utf8_is_valid(buf_slice(&out)));
		buf_free(&out);
	}
}

/* As iconv(3) has it: 0 if all of the text is characters.  The converter
 * stays for the next call. */
static int
convert_with_iconv(const char *to, const char *from, struct slice text,
    struct buf *out)
{
	static const char *last_from, *last_to;
	static iconv_t converter = (iconv_t)-1;
	char room[4096], octets[1024], *in = octets, *end = room;
	size_t in_n = text.n, out_n = sizeof(room);

	if (converter == (iconv_t)-1 || from != last_from || to != last_to) {
		if (converter != (iconv_t)-1)
			iconv_close(converter);
		converter = iconv_open(to, from);
		last_from = from;
		last_to = to;
	}
	if (converter == (iconv_t)-1)
		return -1;
	memcpy(octets, text.p, text.n);
	iconv(converter, NULL, NULL, NULL, NULL);
	if (iconv(converter, &in, &in_n, &end, &out_n) == (size_t)-1 ||
	    iconv(converter, NULL, NULL, &end, &out_n) == (size_t)-1)
		return -1;
	return buf_append(out, room, sizeof(room) - out_n);
}

/* Signs that Microsoft, and so the web and mail, have elsewhere in Unicode
 * than the Japanese and Chinese standards (WHATWG Encoding, index jis0208). */
static bool
has_sign(const struct buf *text)
{
	static const char *const signs[] = {"\xc2\xac", "\xe3\x80\x9c",
	    "\xc2\xa2", "\xc2\xa3", "\xe2\x80\x96", "\xe2\x88\x92",
	    "\xe2\x80\x94", "\xe3\x83\xbb", "\xc2\xa6"};

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (strstr(buf_text(text), signs[i]) != NULL)
			return true;
	return false;
}

/* How many of these octets iconv reads otherwise. */
static unsigned
differs(const char *name, const char *from, const char *octets, size_t n)
{
	struct buf want = BUF_INIT, got = BUF_INIT;
	unsigned result = 0;

	if (convert_with_iconv("UTF-8", from, slice_of(octets, n), &want) ==
	    0) {
		charset_to_utf8(slice_text(name), slice_of(octets, n), &got);
		result = !slice_equal(buf_slice(&want), buf_slice(&got)) &&
		    !(octets[0] == '\x1b' && has_sign(&want));
	}
	buf_free(&want);
	buf_free(&got);
	return result;
}

static void
reads_each_octet_and_pair_as_iconv_does(void)
{
	static const struct {
		const char *name, *from;
		int last; /* octet that may lead a pair */
	} rows[] = {{"iso-8859-2", "ISO-8859-2", 0},
	    {"iso-8859-7", "ISO-8859-7", 0}, {"koi8-u", "KOI8-U", 0},
	    {"windows-1255", "CP1255", 0}, {"windows-1258", "CP1258", 0},
	    {"ibm852", "CP852", 0}, {"iso-8859-11", "CP874", 0},
	    {"macintosh", "MACINTOSH", 0}, {"gb18030", "GB18030", 255},
	    {"big5", "BIG5-HKSCS", 255}, {"shift_jis", "CP932", 255},
	    {"euc-jp", "EUC-JP-MS", 255}, {"euc-kr", "UHC", 255}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned wrong = 0;

		for (int a = 0; a < 256; a++) {
			char octets[2] = {(char)a, 0};

			wrong += differs(rows[i].name, rows[i].from, octets, 1);
			for (int b = 0x21; b < 256 && a > 0x80 &&
			     a <= rows[i].last; b += 3) {
				octets[1] = (char)b;
				wrong += differs(rows[i].name, rows[i].from,
				    octets, 2);
			}
		}
		EXPECT_NUMBER(rows[i].name, 0, wrong);
	}
}

/* n random octets from 0x21 to 0x7e, or with the high bit. */
static void
make_octets(char *out, size_t n, char high)
{
	static uint32_t random = 1;

	for (size_t i = 0; i < n; i++) {
		random = random * 1664525 + 1013904223;
		out[i] = (char)(0x21 + (random >> 16) % 94) | high;
	}
}

/* `p' in the form stands for two random octets. */
static unsigned
differs_in_form(const char *name, const char *from, struct slice form,
    char high)
{
	unsigned wrong = 0;

	for (int i = 0; i < 5000; i++) {
		char text[16];
		size_t n = 0;

		for (size_t k = 0; k < form.n; k++) {
			if (form.p[k] != 'p') {
				text[n++] = form.p[k];
				continue;
			}
			make_octets(text + n, 2, high);
			n += 2;
		}
		wrong += differs(name, from, text, n);
	}
	return wrong;
}

static void
reads_longer_characters_as_iconv_does(void)
{
	static const struct {
		const char *name, *from;
		struct slice form;
		char high;
	} rows[] = {{"euc-jp", "EUC-JP-MS", SLICE("\x8fp"), '\x80'},
	    {"iso-2022-jp", "ISO-2022-JP", SLICE("\x1b$Bp\x1b(B."), 0},
	    {"iso-2022-jp", "ISO-2022-JP", SLICE("\x1b$@p\x1b(Jp"), 0},
	    {"iso-2022-jp-2", "ISO-2022-JP-2", SLICE("\x1b$Ap\x1b(B."), 0},
	    {"iso-2022-jp-2", "ISO-2022-JP-2", SLICE("\x1b$(Dp\x1b(B."), 0},
	    {"iso-2022-jp-2", "ISO-2022-JP-2", SLICE("\x1b$(Cp\x1b(B."), 0},
	    {"iso-2022-kr", "ISO-2022-KR", SLICE("\x1b$)C\x0ep\x0f."), 0}};
	unsigned wrong = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		EXPECT_NUMBER(rows[i].name, 0, differs_in_form(rows[i].name,
		    rows[i].from, rows[i].form, rows[i].high));
	for (int i = 0; i < 4 * 12600; i++) {
		const char four[4] = {(char)(0x81 + i / 12600),
		    (char)(0x30 + i / 1260 % 10), (char)(0x81 + i / 10 % 126),
		    (char)(0x30 + i % 10)};

		wrong += differs("gb18030", "GB18030", four, 4);
	}
	EXPECT_NUMBER("gb18030", 0, wrong);
}

/* Written by iconv, read by us. */
static void
reads_the_forms_of_unicode(void)
{
	static const char *const names[] = {"UTF-7", "UTF-16", "UTF-16LE",
	    "UTF-16BE", "UTF-32", "UTF-32LE", "UTF-32BE"};
	const struct slice text = SLICE("a+b ~\\ caf\xc3\xa9\r\n"
	    "\xe4\xbd\xa0\xf0\x9f\x98\x80-\xf0\x90\x80\x80\xef\xbf\xbc+.");

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct buf octets = BUF_INIT, out = BUF_INIT;

		EXPECT(convert_with_iconv(
		    names[i], "UTF-8", text, &octets) == 0);
		charset_to_utf8(slice_text(names[i]), buf_slice(&octets), &out);
		EXPECT_SLICE(names[i], text, buf_slice(&out));
		buf_free(&octets);
		buf_free(&out);
	}
}

static void
goes_on_behind_what_is_broken(void)
{
	static const struct {
		const char *name;
		struct slice text;
		const char *want;
	} rows[] = {
		{"iso-2022-jp", SLICE("\x1b$B$\"$\x1b(Bok\x1b?"),
		    "\xe3\x81\x82\xef\xbf\xbdok\xef\xbf\xbd?"},
		{"iso-2022-jp", SLICE("\x1b(I1\x1b(J\\"),
		    "\xef\xbd\xb1\xc2\xa5"},
		{"iso-2022-jp-2", SLICE("\x1b.A\x1bNi\x1b.F\x1bNa"),
		    "\xc3\xa9\xce\xb1"},
		{"gb18030", SLICE("\x81\x30\x81\x30z\x81\x30\x81"),
		    "\xc2\x80z\xef\xbf\xbd" "0\xef\xbf\xbd"},
		{"gb18030", SLICE("\x90\x30\x81\x30\xe3\x32\x9a\x36"),
		    "\xf0\x90\x80\x80\xef\xbf\xbd" "2\xef\xbf\xbd" "6"},
		{"big5", SLICE("\x88\x62\x87\x40"),
		    "\xc3\x8a\xcc\x84\xe4\x8f\xb0"},
		{"utf-16be", SLICE("\xd8\x3d" "\0a\0"),
		    "\xef\xbf\xbd" "a\xef\xbf\xbd"},
		{"utf-16", SLICE("a\0"), "a"},
		{"utf-7", SLICE("+2D0-a\xff+-+A"),
		    "\xef\xbf\xbd" "a\xef\xbf\xbd+\xef\xbf\xbd"},
		{"utf-32le", SLICE("\0\0\x11\0b\0\0\0"),
		    "\xef\xbf\xbd" "b"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf out = BUF_INIT;

		charset_to_utf8(slice_text(rows[i].name), rows[i].text, &out);
		EXPECT_SLICE(rows[i].name, slice_text(rows[i].want),
		    buf_slice(&out));
		buf_free(&out);
	}
}

static bool
converts_in_a_sandbox(const char *name, const char *text, const char *want)
{
	struct buf out = BUF_INIT;
	bool same;

	charset_to_utf8(slice_text(name), slice_text(text), &out);
	same = slice_is(buf_slice(&out), want);
	buf_free(&out);
	return same;
}

static void
converts_where_nothing_can_be_opened_any_more(void)
{
	struct err err = ERR_INIT;
	int status = -1;
	pid_t child;

	child = fork();
	if (child == 0) {
		if (sandbox_enter(SANDBOX_STDIO, NULL, 0, false, &err) < 0)
			_exit(2);
		_exit(converts_in_a_sandbox("koi8-r", "\xf0",
		    "\xd0\x9f") && converts_in_a_sandbox("gb2312",
		    "\xc4\xe3", "\xe4\xbd\xa0") &&
		    converts_in_a_sandbox("iso-2022-jp", "\x1b$B$\"",
		    "\xe3\x81\x82") ? 0 : 1);
	}
	EXPECT(child > 0 && waitpid(child, &status, 0) == child);
	EXPECT_NUMBER("child", 0, status);
}

int
main(void)
{
	UNIT_RUN(reads_the_charsets_of_real_mail);
	UNIT_RUN(replaces_what_it_cannot_read);
	UNIT_RUN(fills_a_small_buffer_with_whole_characters);
	UNIT_RUN(reads_each_octet_and_pair_as_iconv_does);
	UNIT_RUN(reads_longer_characters_as_iconv_does);
	UNIT_RUN(reads_the_forms_of_unicode);
	UNIT_RUN(goes_on_behind_what_is_broken);
	UNIT_RUN(converts_where_nothing_can_be_opened_any_more);
	return UNIT_RESULT;
}
