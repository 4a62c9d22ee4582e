/* SPDX-License-Identifier: ISC */
#include "base/utf8.h"

#include "unit.h"

static void
only_shortest_forms_up_to_10ffff_are_characters(void)
{
	static const struct {
		const char *octets;
		size_t length;
		uint32_t point;
	} rows[] = {{"a", 1, 'a'}, {"\x7f", 1, 0x7f}, {"\xc2\x80", 2, 0x80},
	    {"\xdf\xbf", 2, 0x7ff}, {"\xe0\xa0\x80", 3, 0x800},
	    {"\xed\x9f\xbf", 3, 0xd7ff}, {"\xee\x80\x80", 3, 0xe000},
	    {"\xf0\x90\x80\x80", 4, 0x10000},
	    {"\xf4\x8f\xbf\xbf", 4, 0x10ffff}, {"", 0, 0}, {"\x80", 0, 0},
	    {"\xc0\x80", 0, 0}, {"\xc1\xbf", 0, 0}, {"\xc2", 0, 0},
	    {"\xe0\x9f\xbf", 0, 0}, {"\xed\xa0\x80", 0, 0},
	    {"\xe2\x82", 0, 0}, {"\xf0\x8f\xbf\xbf", 0, 0},
	    {"\xf4\x90\x80\x80", 0, 0}, {"\xf5\x80\x80\x80", 0, 0},
	    {"\xc2\x41", 0, 0}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct slice s = slice_text(rows[i].octets);
		uint32_t point = 0;
		bool valid = false;
		char octets[4];

		EXPECT_NUMBER(rows[i].octets, rows[i].length, utf8_length(s));
		if (rows[i].length == 0)
			continue;
		utf8_next(s, &point, &valid);
		EXPECT_NUMBER(rows[i].octets, rows[i].point, point);
			EXPECT_SLICE("put", s,
			    slice_of(octets, utf8_put(point, octets)));
	}
}

static void
each_ill_formed_part_becomes_a_replacement_character(void)
{
	struct buf out = BUF_INIT;

	EXPECT(utf8_append_clean(&out, SLICE("\xffok\xc3\xa9\xe2\x82")) == 0);
	EXPECT_SLICE("text", SLICE("\xef\xbf\xbdok\xc3\xa9\xef\xbf\xbd"),
	    buf_slice(&out));
	EXPECT(utf8_is_valid(buf_slice(&out)));
	EXPECT(!utf8_is_valid(SLICE("ok\xff")));
	buf_free(&out);
}

static void
a_cut_leaves_characters_whole(void)
{
	EXPECT_SLICE("cut", SLICE("a\xc3\xa9"),
	    utf8_cut(SLICE("a\xc3\xa9\xe2\x82\xac"), 5));
	EXPECT_SLICE("whole", SLICE("ab"), utf8_cut(SLICE("ab"), 2));
}

int
main(void)
{
	UNIT_RUN(only_shortest_forms_up_to_10ffff_are_characters);
	UNIT_RUN(each_ill_formed_part_becomes_a_replacement_character);
	UNIT_RUN(a_cut_leaves_characters_whole);
	return UNIT_RESULT;
}
