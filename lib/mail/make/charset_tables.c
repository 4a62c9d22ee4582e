/* SPDX-License-Identifier: ISC */
/*
 * A program of the build: writes charset_tables.h, what iconv(3) of this host
 * makes of each octet and each pair of octets of the charsets of mail.  A
 * converter of the C library is a file that has to be loaded before a sandbox
 * forbids it: some forty of them cost a filter more than all else of its
 * start.
 */
#include <errno.h>
#include <iconv.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mail/charset_table.h"

#define PLANE_2 0x20000u
#define GB_LINEAR_MAX 50400 /* four octets from 0x81 to 0x84: the BMP */

static const char *const singles[] = {"ISO-8859-2", "ISO-8859-3",
    "ISO-8859-4", "ISO-8859-5", "ISO-8859-6", "ISO-8859-7", "ISO-8859-8",
    "ISO-8859-10", "ISO-8859-13", "ISO-8859-14", "ISO-8859-15", "ISO-8859-16",
    "CP1250", "CP1251", "CP1253", "CP1254", "CP1255", "CP1256", "CP1257",
    "CP1258", "CP437", "CP850", "CP852", "CP866", "CP874", "KOI8-R", "KOI8-U",
    "MACINTOSH", "MAC-CYRILLIC"};

/* EUC-JP-MS/2 is its third set, JIS X 0212, without the 0x8f in front. */
static const char *const doubles[] = {"GB18030", "BIG5-HKSCS", "CP932",
    "UHC", "EUC-JP-MS", "EUC-JP-MS/2"};

struct wide {
	const char *name;
	iconv_t converter;
	const char *before; /* what stands before each pair */
};

static void
die(const char *what, const char *name)
{
	fprintf(stderr, "charset_tables: %s '%s'\n", what, name);
	exit(1);
}

static iconv_t
open_converter(const char *name)
{
	iconv_t converter = iconv_open("UTF-32LE", name);

	if (converter == (iconv_t)-1)
		die("the C library cannot read", name);
	return converter;
}

/* How many characters these octets are, at most two; 0 if none. */
static size_t
decode(iconv_t converter, const char *octets, size_t n, uint32_t codes[2])
{
	char text[8], *in = text, *out = (char *)codes;
	size_t left = 2 * sizeof(*codes);

	memcpy(text, octets, n);
	iconv(converter, NULL, NULL, NULL, NULL);
	if (iconv(converter, &in, &n, &out, &left) == (size_t)-1 || n > 0 ||
	    iconv(converter, NULL, NULL, &out, &left) == (size_t)-1)
		return 0;
	return 2 - left / sizeof(*codes);
}

static void
print_row(const uint32_t *codes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		printf("%s0x%x,", i % 16 == 0 ? "\n\t" : " ",
		    codes[i] & 0xffff);
}

static void
print_high(iconv_t converter, const char *name, const char *prefix, size_t i)
{
	uint32_t codes[2], high[CHARSET_HIGH] = {0};

	for (int c = 0; c < 256; c++) {
		char octet = (char)c;

		if (decode(converter, &octet, 1, codes) != 1)
			continue;
		if (c < 0x80 && codes[0] != (uint32_t)c && c >= 0x20)
			die("not a superset of ASCII:", name);
		if (c >= 0x80)
			high[c - 0x80] = codes[0];
	}
	printf("/* %s */\nstatic const uint16_t %s_high_%zu[] = {", name,
	    prefix, i);
	print_row(high, CHARSET_HIGH);
	printf("};\n\n");
}

static size_t
decode_pair(const struct wide *w, int lead, int trail, uint32_t codes[2])
{
	size_t n = strlen(w->before);
	char octets[4], one = (char)lead;

	if (n == 0 && decode(w->converter, &one, 1, codes) != 0)
		return 0; /* not a lead */
	memcpy(octets, w->before, n);
	octets[n] = (char)lead;
	octets[n + 1] = (char)trail;
	return decode(w->converter, octets, n + 2, codes);
}

static void
print_pairs(const struct wide *w, size_t i)
{
	static unsigned char plane_2[CHARSET_LEADS][CHARSET_TRAILS / 8 + 1];
	uint32_t codes[2], row[CHARSET_TRAILS];

	memset(plane_2, 0, sizeof(plane_2));
	printf("static const uint16_t pairs_%zu[][CHARSET_TRAILS] = {", i);
	for (int lead = 0; lead < CHARSET_LEADS; lead++) {
		memset(row, 0, sizeof(row));
		for (int trail = 0; trail < CHARSET_TRAILS; trail++) {
			size_t n = decode_pair(w, lead + CHARSET_LEAD_MIN,
			    trail + CHARSET_TRAIL_MIN, codes);

			if (n != 1 || codes[0] == 0xfffd)
				continue;
			if (codes[0] >= PLANE_2)
				plane_2[lead][trail / 8] |=
				    (unsigned char)(1 << trail % 8);
			else if (codes[0] > 0xffff)
				die("a character of plane 1 in", w->name);
			row[trail] = codes[0];
		}
		printf("{");
		print_row(row, CHARSET_TRAILS);
		printf("},\n");
	}
	printf("};\n\nstatic const unsigned char plane_2_%zu[]"
	    "[CHARSET_TRAILS / 8 + 1] = {", i);
	for (int lead = 0; lead < CHARSET_LEADS; lead++) {
		printf("\n\t{");
		for (int k = 0; k < CHARSET_TRAILS / 8 + 1; k++)
			printf("%u,", plane_2[lead][k]);
		printf("},");
	}
	printf("};\n\n");
}

/* The pairs that stand for two characters; an end that stands for none. */
static void
print_twos(const struct wide *w, size_t i)
{
	uint32_t codes[2];

	printf("static const struct charset_two twos_%zu[] = {\n", i);
	for (int lead = CHARSET_LEAD_MIN; lead < 0xff; lead++)
		for (int trail = CHARSET_TRAIL_MIN; trail < 0xff; trail++)
			if (decode_pair(w, lead, trail, codes) == 2)
				printf("\t{0x%x, {0x%x, 0x%x}},\n",
				    lead << 8 | trail, codes[0], codes[1]);
	printf("\t{0, {0, 0}}};\n\n");
}

static void
print_double(size_t i)
{
	struct wide w = {doubles[i], (iconv_t)-1, ""};

	if (strcmp(w.name, "EUC-JP-MS/2") == 0) {
		w.before = "\x8f";
		w.converter = open_converter("EUC-JP-MS");
	} else {
		w.converter = open_converter(w.name);
	}
	print_high(w.converter, w.name, "double", i);
	print_pairs(&w, i);
	print_twos(&w, i);
	iconv_close(w.converter);
}

/* The four octets of GB18030 as the ranges they are. */
static void
print_gb_ranges(void)
{
	iconv_t converter = open_converter("GB18030");
	uint32_t codes[2], next = 0;
	bool open = false;

	printf("static const struct charset_range gb_ranges[] = {\n");
	for (int i = 0; i < GB_LINEAR_MAX; i++) {
		const char octets[4] = {(char)(0x81 + i / 12600),
		    (char)(0x30 + i / 1260 % 10), (char)(0x81 + i / 10 % 126),
		    (char)(0x30 + i % 10)};
		bool is = decode(converter, octets, 4, codes) == 1;

		if (open && (!is || codes[0] != next)) {
			printf("%d},\n", i);
			open = false;
		}
		if (is && !open)
			printf("\t{0x%x, %d, ", codes[0], i);
		open = is;
		next = codes[0] + 1;
	}
	printf(open ? "%d}};\n\n" : "};\n\n", GB_LINEAR_MAX);
	iconv_close(converter);
}

int
main(void)
{
	const size_t singles_n = sizeof(singles) / sizeof(singles[0]);
	const size_t doubles_n = sizeof(doubles) / sizeof(doubles[0]);

	printf("/* Made by lib/mail/make/charset_tables.c: do not edit. */\n");
	for (size_t i = 0; i < singles_n; i++) {
		iconv_t converter = open_converter(singles[i]);

		print_high(converter, singles[i], "single", i);
		iconv_close(converter);
	}
	for (size_t i = 0; i < doubles_n; i++)
		print_double(i);
	print_gb_ranges();
	printf("static const struct charset_table tables[] = {\n");
	for (size_t i = 0; i < singles_n; i++)
		printf("\t{\"%s\", single_high_%zu, NULL, NULL, NULL},\n",
		    singles[i], i);
	for (size_t i = 0; i < doubles_n; i++)
		printf("\t{\"%s\", double_high_%zu, pairs_%zu, plane_2_%zu, "
		    "twos_%zu},\n", doubles[i], i, i, i, i);
	printf("};\n");
	return fflush(stdout) != 0;
}
