/* SPDX-License-Identifier: ISC */
/*
 * Charsets by table.  An octet that begins no character of the charset
 * becomes U+FFFD and the next one may begin another: what follows a broken
 * character is not lost.
 */
#include "charset_table.h"

#include <string.h>

#include "base/utf8.h"
#include "charset_tables.h"

#define PLANE_2 0x20000u
#define PLANE_1_LINEAR 189000 /* 0x90 0x30 0x81 0x30 in GB18030 */

const struct charset_table *
charset_table_find(const char *name)
{
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		if (strcmp(tables[i].name, name) == 0)
			return &tables[i];
	return NULL;
}

size_t
charset_table_pair(const struct charset_table *table, unsigned char lead,
    unsigned char trail, uint32_t codes[2])
{
	size_t row = (size_t)lead - CHARSET_LEAD_MIN;
	size_t column = (size_t)trail - CHARSET_TRAIL_MIN;
	const struct charset_two *two = table->twos;

	if (table->pairs == NULL || lead < CHARSET_LEAD_MIN || lead == 0xff ||
	    trail < CHARSET_TRAIL_MIN || trail == 0xff)
		return 0;
	codes[0] = table->pairs[row][column];
	if (table->plane_2[row][column / 8] >> column % 8 & 1)
		codes[0] |= PLANE_2;
	if (codes[0] != 0)
		return 1;
	while (two->pair != 0 && two->pair != (lead << 8 | trail))
		two++;
	codes[0] = two->codes[0];
	codes[1] = two->codes[1];
	return two->pair != 0 ? 2 : 0;
}

/* The character at the head of text, which is not ASCII: its length, or 0. */
static size_t
take_one(const struct charset_table *table, struct slice text,
    uint32_t codes[2], size_t *n)
{
	unsigned char lead = (unsigned char)text.p[0];

	codes[0] = table->high[lead - 0x80];
	*n = 1;
	if (codes[0] != 0)
		return 1;
	if (text.n < 2)
		return 0;
	*n = charset_table_pair(
	    table, lead, (unsigned char)text.p[1], codes);
	return *n > 0 ? 2 : 0;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Four octets: two pairs of 0x81 to 0xfe and a digit. */
static size_t
take_gb_four(const struct charset_table *table, struct slice text,
    uint32_t codes[2], size_t *n)
{
	const unsigned char *p = (const unsigned char *)text.p;
	uint32_t linear;

	(void)table;
	if (text.n < 4 || !is_digit(text.p[1]) || p[0] < 0x81 || p[0] > 0xfe ||
	    p[2] < 0x81 || p[2] > 0xfe || !is_digit(text.p[3]))
		return 0;
	linear = ((p[0] - 0x81u) * 10 + (p[1] - 0x30u)) * 1260 +
	    (p[2] - 0x81u) * 10 + (p[3] - 0x30u);
	*n = 1;
	codes[0] = linear - PLANE_1_LINEAR + 0x10000;
	if (linear >= PLANE_1_LINEAR)
		return codes[0] <= 0x10ffff ? 4 : 0;
	for (size_t i = 0; i < sizeof(gb_ranges) / sizeof(gb_ranges[0]); i++) {
		const struct charset_range *range = &gb_ranges[i];

		codes[0] = range->code + (linear - range->first);
		if (linear >= range->first && linear < range->end)
			return 4;
	}
	return 0;
}

/* 0x8e: JIS X 0201, 0x8f: JIS X 0212. */
static size_t
take_euc_shift(const struct charset_table *table, struct slice text,
    uint32_t codes[2], size_t *n)
{
	const unsigned char *p = (const unsigned char *)text.p;

	*n = 1;
	codes[0] = 0xff61u + p[1] - 0xa1u;
	if (p[0] == 0x8e && p[1] >= 0xa1 && p[1] <= 0xdf)
		return 2;
	if (p[0] != 0x8f || text.n < 3)
		return 0;
	*n = charset_table_pair(table, p[1], p[2], codes);
	return *n > 0 ? 3 : 0;
}

typedef size_t take_fn(const struct charset_table *table, struct slice text,
    uint32_t codes[2], size_t *n);

/* Where the table has nothing the longer one is asked, if there is one. */
static int
decode(const struct charset_table *table, take_fn *longer,
    const struct charset_table *third, struct slice text, struct buf *out)
{
	for (;;) {
		size_t ascii = utf8_ascii_run(text), used, n;
		uint32_t codes[2];

		if (utf8_append_clean(out, slice_part(text, 0, ascii)) < 0)
			return -1;
		text = slice_part(text, ascii, text.n);
		if (text.n == 0)
			return 0;
		used = take_one(table, text, codes, &n);
		if (used == 0 && longer != NULL && text.n >= 2)
			used = longer(third, text, codes, &n);
		if (used == 0) {
			codes[0] = UTF8_REPLACEMENT;
			used = n = 1;
		}
		for (size_t i = 0; i < n; i++)
			if (utf8_append(out, codes[i]) < 0)
				return -1;
		text = slice_part(text, used, text.n);
	}
}

int
charset_table_decode(const struct charset_table *table, struct slice text,
    struct buf *out)
{
	return decode(table, NULL, NULL, text, out);
}

int
charset_gb18030(struct slice text, struct buf *out)
{
	return decode(charset_table_find("GB18030"), take_gb_four, NULL, text,
	    out);
}

int
charset_euc_jp(struct slice text, struct buf *out)
{
	return decode(charset_table_find("EUC-JP-MS"), take_euc_shift,
	    charset_table_find("EUC-JP-MS/2"), text, out);
}
