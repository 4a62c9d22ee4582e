/* SPDX-License-Identifier: ISC */
/*
 * Charsets.  Trusts neither the name nor the text: a name is looked up in the
 * table below, the text only ever yields characters or U+FFFD.
 */
#include "charset.h"

#include <stdint.h>
#include <string.h>

#include "base/utf8.h"
#include "mail/charset_state.h"
#include "mail/charset_table.h"

#define NAME_MAX_OCTETS 40

/* What needs no table. */
static const char ascii[] = "", utf8[] = "UTF-8", cp1252[] = "CP1252";

struct alias {
	const char *name; /* lower case, as mail_name() leaves it */
	const char *from; /* a table, a converter below, or one of the three */
};

/*
 * Names without `-', `_' and `cs' or `x-' in front.  Where a name in use
 * means a larger set than it says (gb2312 mail holds GBK, ks_c_5601 holds
 * UHC), the larger one reads it (WHATWG Encoding, 4.2).
 */
static const struct alias aliases[] = {
	{"usascii", ascii}, {"ascii", ascii}, {"ansix3.41968", ascii},
	{"iso646us", ascii}, {"646", ascii}, {"us", ascii}, {"7bit", ascii},
	{"8bit", ascii}, {"unknown8bit", ascii}, {"unknown", ascii},
	{"default", ascii}, {"userdefined", ascii}, {"binary", ascii},
	{"utf8", utf8}, {"unicode11utf8", utf8}, {"utf8mb4", utf8},
	{"iso88591", cp1252}, {"latin1", cp1252}, {"l1", cp1252},
	{"88591", cp1252}, {"iso8859", cp1252}, {"isolatin1", cp1252},
	{"windows1252", cp1252}, {"cp1252", cp1252}, {"1252", cp1252},
	{"ansi", cp1252}, {"western", cp1252}, {"ibm819", cp1252},
	{"iso88592", "ISO-8859-2"}, {"latin2", "ISO-8859-2"},
	{"iso88593", "ISO-8859-3"}, {"latin3", "ISO-8859-3"},
	{"iso88594", "ISO-8859-4"}, {"latin4", "ISO-8859-4"},
	{"iso88595", "ISO-8859-5"}, {"cyrillic", "ISO-8859-5"},
	{"iso88596", "ISO-8859-6"}, {"iso88596i", "ISO-8859-6"},
	{"iso88596e", "ISO-8859-6"}, {"arabic", "ISO-8859-6"},
	{"iso88597", "ISO-8859-7"}, {"greek", "ISO-8859-7"},
	{"iso88598", "ISO-8859-8"}, {"iso88598i", "ISO-8859-8"},
	{"iso88598e", "ISO-8859-8"}, {"hebrew", "ISO-8859-8"},
	{"iso88599", "CP1254"}, {"latin5", "CP1254"},
	{"iso885910", "ISO-8859-10"}, {"latin6", "ISO-8859-10"},
	{"iso885911", "CP874"}, {"tis620", "CP874"}, {"windows874", "CP874"},
	{"cp874", "CP874"}, {"iso885913", "ISO-8859-13"},
	{"iso885914", "ISO-8859-14"}, {"iso885915", "ISO-8859-15"},
	{"latin9", "ISO-8859-15"}, {"iso885916", "ISO-8859-16"},
	{"windows1250", "CP1250"}, {"cp1250", "CP1250"},
	{"windows1251", "CP1251"}, {"cp1251", "CP1251"}, {"1251", "CP1251"},
	{"windows1253", "CP1253"}, {"cp1253", "CP1253"},
	{"windows1254", "CP1254"}, {"cp1254", "CP1254"},
	{"windows1255", "CP1255"}, {"cp1255", "CP1255"},
	{"windows1256", "CP1256"}, {"cp1256", "CP1256"},
	{"windows1257", "CP1257"}, {"cp1257", "CP1257"},
	{"windows1258", "CP1258"}, {"cp1258", "CP1258"},
	{"koi8r", "KOI8-R"}, {"koi8", "KOI8-R"}, {"koi8u", "KOI8-U"},
	{"koi8ru", "KOI8-U"}, {"macintosh", "MACINTOSH"},
	{"mac", "MACINTOSH"}, {"macroman", "MACINTOSH"},
	{"maccyrillic", "MAC-CYRILLIC"}, {"ibm437", "CP437"},
	{"cp437", "CP437"}, {"ibm850", "CP850"}, {"cp850", "CP850"},
	{"ibm852", "CP852"}, {"cp852", "CP852"}, {"ibm866", "CP866"},
	{"cp866", "CP866"}, {"gb2312", "GB18030"}, {"gbk", "GB18030"},
	{"gb18030", "GB18030"}, {"gb", "GB18030"}, {"cp936", "GB18030"},
	{"936", "GB18030"}, {"chinese", "GB18030"}, {"euccn", "GB18030"},
	{"big5", "BIG5-HKSCS"}, {"big5hkscs", "BIG5-HKSCS"},
	{"cp950", "BIG5-HKSCS"}, {"shiftjis", "CP932"}, {"sjis", "CP932"},
	{"mskanji", "CP932"}, {"windows31j", "CP932"}, {"cp932", "CP932"},
	{"ms932", "CP932"}, {"eucjp", "EUC-JP-MS"}, {"ujis", "EUC-JP-MS"},
	{"iso2022jp", "ISO-2022-JP"}, {"iso2022jp1", "ISO-2022-JP"},
	{"iso2022jp2", "ISO-2022-JP"}, {"iso2022jp3", "ISO-2022-JP"},
	{"iso2022jpms", "ISO-2022-JP"}, {"euckr", "UHC"}, {"uhc", "UHC"},
	{"ksc56011987", "UHC"}, {"ksc5601", "UHC"}, {"korean", "UHC"},
	{"windows949", "UHC"}, {"cp949", "UHC"}, {"iso2022kr", "ISO-2022-KR"},
	{"utf7", "UTF-7"}, {"unicode11utf7", "UTF-7"}, {"utf16", "UTF-16"},
	{"utf16le", "UTF-16LE"}, {"utf16be", "UTF-16BE"},
	{"utf32", "UTF-32"}, {"utf32le", "UTF-32LE"},
	{"utf32be", "UTF-32BE"}, {"iso10646ucs2", "UTF-16BE"},
	{"ucs2", "UTF-16BE"}, {"unicode", "UTF-16"}};

/* Reduces a name to what the table holds; an over-long one to nothing. */
static struct slice
mail_name(struct slice name, char out[NAME_MAX_OCTETS])
{
	size_t n = 0;

	name = slice_part(name, 0, slice_find(name, '*'));
	for (size_t i = 0; i < name.n; i++) {
		char c = ascii_lower(name.p[i]);

		if (!ascii_is_alnum(c) && c != '.')
			continue;
		if (n == NAME_MAX_OCTETS)
			return slice_of(out, 0);
		out[n++] = c;
	}
	if (n > 2 && memcmp(out, "cs", 2) == 0)
		return slice_of(out + 2, n - 2);
	if (n > 1 && out[0] == 'x')
		return slice_of(out + 1, n - 1);
	return slice_of(out, n);
}

/* NULL: no charset we know. */
static const char *
find_charset(struct slice name)
{
	char room[NAME_MAX_OCTETS];

	if (name.n == 0)
		return ascii;
	/* Nearly all mail; saves the walk through the table. */
	if (slice_case_is(name, "utf-8"))
		return utf8;
	name = mail_name(name, room);
	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
		if (slice_is(name, aliases[i].name))
			return aliases[i].from;
	return NULL;
}

bool
charset_is_known(struct slice name)
{
	return find_charset(name) != NULL;
}

/* 0x80 to 0x9f; 0 is none. */
static const uint16_t cp1252_high[32] = {
	0x20ac, 0, 0x201a, 0x192, 0x201e, 0x2026, 0x2020, 0x2021, 0x2c6,
	0x2030, 0x160, 0x2039, 0x152, 0, 0x17d, 0, 0, 0x2018, 0x2019, 0x201c,
	0x201d, 0x2022, 0x2013, 0x2014, 0x2dc, 0x2122, 0x161, 0x203a, 0x153, 0,
	0x17e, 0x178};

static uint32_t
cp1252_code(unsigned char octet)
{
	if (octet >= 0xa0)
		return octet;
	return cp1252_high[octet - 0x80] != 0 ? cp1252_high[octet - 0x80] :
	    UTF8_REPLACEMENT;
}

static int
convert_cp1252(struct slice text, struct buf *out)
{
	for (;;) {
		size_t n = utf8_ascii_run(text);

		if (utf8_append_clean(out, slice_part(text, 0, n)) < 0)
			return -1;
		if (n == text.n)
			return 0;
		if (utf8_append(out, cp1252_code((unsigned char)text.p[n])) < 0)
			return -1;
		text = slice_part(text, n + 1, text.n);
	}
}

static int
convert_unknown(struct slice text, struct buf *out)
{
	for (;;) {
		size_t n = utf8_ascii_run(text);

		if (utf8_append_clean(out, slice_part(text, 0, n)) < 0)
			return -1;
		text = slice_part(text, n, text.n);
		if (text.n == 0)
			return 0;
		while (text.n > 0 && (unsigned char)text.p[0] >= 0x80)
			text = slice_part(text, 1, text.n);
		if (utf8_append(out, UTF8_REPLACEMENT) < 0)
			return -1;
	}
}

typedef int convert_fn(struct slice text, struct buf *out);

/* Those that are no table alone. */
static const struct {
	const char *from;
	convert_fn *convert;
} converters[] = {{"GB18030", charset_gb18030},
    {"EUC-JP-MS", charset_euc_jp}, {"ISO-2022-JP", charset_iso2022_jp},
    {"ISO-2022-KR", charset_iso2022_kr}, {"UTF-7", charset_utf7},
    {"UTF-16", charset_utf16}, {"UTF-16LE", charset_utf16_le},
    {"UTF-16BE", charset_utf16_be}, {"UTF-32", charset_utf32},
    {"UTF-32LE", charset_utf32_le}, {"UTF-32BE", charset_utf32_be}};

int
charset_to_utf8(struct slice name, struct slice text, struct buf *out)
{
	const char *from = find_charset(name);

	if (from == utf8 || (from == ascii && utf8_is_valid(text)))
		return utf8_append_clean(out, text);
	if (from == cp1252 || from == ascii)
		return convert_cp1252(text, out);
	if (from == NULL)
		return convert_unknown(text, out);
	for (size_t i = 0; i < sizeof(converters) / sizeof(converters[0]); i++)
		if (strcmp(converters[i].from, from) == 0)
			return converters[i].convert(text, out);
	return charset_table_decode(charset_table_find(from), text, out);
}
