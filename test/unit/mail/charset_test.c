/* SPDX-License-Identifier: ISC */
#include "mail/charset.h"

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

static void
opens_no_more_converters_than_the_limit(void)
{
	struct charset c = CHARSET_INIT;
	struct buf out = BUF_INIT;

	for (int i = 0; i < CHARSET_OPENS_MAX; i++)
		charset_convert(&c, i % 2 == 0 ? SLICE("koi8-r") :
		    SLICE("iso-8859-2"), SLICE("\xf0"), &out);
	EXPECT_NUMBER("opened", CHARSET_OPENS_MAX, c.opens);
	buf_reset(&out);
	charset_convert(&c, SLICE("koi8-r"), SLICE("\xf0"), &out);
	EXPECT_SLICE("one more", SLICE("\xef\xbf\xbd"), buf_slice(&out));
	charset_free(&c);
	buf_free(&out);
}

static void
loads_its_converters_ahead_once(void)
{
	EXPECT(charset_preload() > 30);
	EXPECT_NUMBER("again", 0, charset_preload());
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

	charset_preload();
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
	UNIT_RUN(opens_no_more_converters_than_the_limit);
	UNIT_RUN(loads_its_converters_ahead_once);
	UNIT_RUN(converts_where_nothing_can_be_opened_any_more);
	return UNIT_RESULT;
}
