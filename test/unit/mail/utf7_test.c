/* SPDX-License-Identifier: ISC */
#include "mail/utf7.h"

#include "unit.h"

static void
folder_names_pass_both_ways(void)
{
	/* the second row is the example of RFC 3501, 5.1.3 */
	static const struct {
		const char *utf8, *utf7;
	} rows[] = {{"", ""}, {"~peter/mail/\xe5\x8f\xb0\xe5\x8c\x97/"
	    "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e",
	    "~peter/mail/&U,BTFw-/&ZeVnLIqe-"}, {"A&B", "A&-B"},
	    {"Entw\xc3\xbcrfe", "Entw&APw-rfe"},
	    {"\xf0\x9f\x98\x80x", "&2D3eAA-x"}, {"\t", "&AAk-"}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct buf out = BUF_INIT;

		utf7_encode(slice_text(rows[i].utf8), "", &out);
		EXPECT_SLICE(rows[i].utf8, slice_text(rows[i].utf7),
		    buf_slice(&out));
		buf_truncate(&out, 0);
		EXPECT(utf7_decode(slice_text(rows[i].utf7), &out) == 0);
		EXPECT_SLICE(rows[i].utf7, slice_text(rows[i].utf8),
		    buf_slice(&out));
		buf_free(&out);
	}
}

static void
some_characters_can_be_hidden(void)
{
	struct buf out = BUF_INIT;

	utf7_encode(SLICE("v1.2/x"), "./", &out);
	EXPECT_SLICE("hidden", SLICE("v1&AC4-2&AC8-x"), buf_slice(&out));
	buf_free(&out);
}

static void
what_is_no_utf7_is_refused(void)
{
	static const char *const rows[] = {"&", "a&b", "&2D0-", "&3gA-", "&A-",
	    "&/A-", "gr\xc3\xbc", "a\tb", "&2D0AYQ-", "&AAAAA-"};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct buf out = BUF_INIT;

		EXPECT_NUMBER(rows[i], -1,
		    utf7_decode(slice_text(rows[i]), &out));
		EXPECT_NUMBER(rows[i], 0, out.n);
		buf_free(&out);
	}
}

int
main(void)
{
	UNIT_RUN(folder_names_pass_both_ways);
	UNIT_RUN(some_characters_can_be_hidden);
	UNIT_RUN(what_is_no_utf7_is_refused);
	return UNIT_RESULT;
}
