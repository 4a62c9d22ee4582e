/* SPDX-License-Identifier: ISC */
#ifndef FE_MAIL_CHARSET_TABLE_H
#define FE_MAIL_CHARSET_TABLE_H

#include <stdint.h>

#include "base/buf.h"
#include "base/slice.h"

/*
 * Charsets of one or two octets a character, ASCII below 0x80, as tables that
 * the build makes (make/charset_tables.c): pages of the program's file that
 * cost nothing until a message needs them.
 */
enum {
	CHARSET_HIGH = 0x80,
	CHARSET_LEAD_MIN = 0x81, /* of a pair: its first octet */
	CHARSET_LEADS = 0xff - CHARSET_LEAD_MIN,
	CHARSET_TRAIL_MIN = 0x40, /* its second */
	CHARSET_TRAILS = 0xff - CHARSET_TRAIL_MIN
};

/* A pair that stands for two characters. */
struct charset_two {
	uint16_t pair, codes[2];
};

/* What stands for the code points from code on: first to end - 1. */
struct charset_range {
	uint16_t code, first, end;
};

struct charset_table {
	const char *name;     /* as iconv(3) has it */
	const uint16_t *high; /* octets from 0x80 on; 0: none */
	/* pairs; 0: none.  NULL: a charset of single octets. */
	const uint16_t (*pairs)[CHARSET_TRAILS];
	/* a bit for each: the code lies in plane 2 */
	const unsigned char (*plane_2)[CHARSET_TRAILS / 8 + 1];
	const struct charset_two *twos; /* up to one with pair 0 */
};

/* NULL: no such table. */
const struct charset_table *charset_table_find(const char *name);
/* The pair as one or two code points; how many, 0 for none. */
size_t charset_table_pair(const struct charset_table *table,
    unsigned char lead, unsigned char trail, uint32_t codes[2]);
/* Appends; an octet that begins no character is U+FFFD.  -1: out is full. */
int charset_table_decode(const struct charset_table *table, struct slice text,
    struct buf *out);
/* GB18030 has characters of four octets as well, EUC-JP of three. */
int charset_gb18030(struct slice text, struct buf *out);
int charset_euc_jp(struct slice text, struct buf *out);

#endif
