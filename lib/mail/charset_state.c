/* SPDX-License-Identifier: ISC */
/*
 * Charsets with a state: the sets of ISO 2022, base 64 in UTF-7, surrogates
 * and byte order in UTF-16.
 */
#include "charset_state.h"

#include <stdint.h>

#include "base/utf8.h"
#include "mail/charset_table.h"

#define ESCAPE 0x1b
#define SHIFT_OUT 0x0e
#define SHIFT_IN 0x0f
#define PAIRS(name) charset_table_find(name)

/* What octets from 0x21 to 0x7e are at the moment. */
enum set { ASCII, ROMAN, KANA, PAIR };

struct iso2022 {
	enum set set;
	const struct charset_table *table; /* of PAIR, with the high bits */
	const char *name; /* of the table: the next escape has mostly it, too */
	const struct charset_table *second; /* G2: for one octet */
	bool latin; /* G2 is ISO-8859-1 */
};

struct escape {
	const char *sequence; /* behind ESC */
	enum set set;
	const char *table;
};

static const struct escape escapes[] = {{"(B", ASCII, NULL},
    {"(J", ROMAN, NULL}, {"(I", KANA, NULL}, {"$@", PAIR, "EUC-JP-MS"},
    {"$B", PAIR, "EUC-JP-MS"}, {"$(@", PAIR, "EUC-JP-MS"},
    {"$(B", PAIR, "EUC-JP-MS"}, {"$(O", PAIR, "EUC-JP-MS"},
    {"$(Q", PAIR, "EUC-JP-MS"}, {"$(D", PAIR, "EUC-JP-MS/2"},
    {"$A", PAIR, "GB18030"}, {"$(C", PAIR, "UHC"}};

/* The length of an escape sequence behind ESC, or 0. */
static size_t
take_escape(struct iso2022 *s, struct slice rest)
{
	for (size_t i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++) {
		const struct escape *e = &escapes[i];

		if (!slice_starts(rest, e->sequence))
			continue;
		s->set = e->set;
		if (e->table != NULL && e->table != s->name)
			s->table = PAIRS(e->table);
		if (e->table != NULL)
			s->name = e->table;
		return slice_text(e->sequence).n;
	}
	s->latin = slice_starts(rest, ".A");
	if (!s->latin && !slice_starts(rest, ".F"))
		return 0;
	s->second = s->latin ? NULL : PAIRS("ISO-8859-7");
	return 2;
}

/* ESC N and an octet: one character of G2. */
static uint32_t
second_code(const struct iso2022 *s, unsigned char octet)
{
	if (octet < 0x20 || octet > 0x7f)
		return UTF8_REPLACEMENT;
	if (s->latin)
		return octet | 0x80u;
	if (s->second == NULL || s->second->high[octet] == 0)
		return UTF8_REPLACEMENT;
	return s->second->high[octet];
}

static uint32_t
single_code(enum set set, unsigned char octet)
{
	if (octet >= 0x80)
		return UTF8_REPLACEMENT;
	if (set == ROMAN && octet == '\\')
		return 0xa5;
	if (set == ROMAN && octet == '~')
		return 0x203e;
	if (set == KANA && octet >= 0x21)
		return octet <= 0x5f ? 0xff61u + octet - 0x21 :
				       UTF8_REPLACEMENT;
	return octet;
}

/* One character; what is no pair of the set is an octet by itself. */
static size_t
append_character(const struct iso2022 *s, struct slice text, struct buf *out,
    int *result)
{
	unsigned char lead = (unsigned char)text.p[0];
	unsigned char trail = text.n > 1 ? (unsigned char)text.p[1] : 0;
	uint32_t codes[2];
	size_t n = 0;

	if (s->set != PAIR || lead < 0x21 || lead > 0x7e) {
		*result = utf8_append(out, single_code(s->set, lead));
		return 1;
	}
	if (trail >= 0x21 && trail <= 0x7e)
		n = charset_table_pair(
		    s->table, lead | 0x80, trail | 0x80, codes);
	for (size_t i = 0; i < n && *result == 0; i++)
		*result = utf8_append(out, codes[i]);
	if (n == 0)
		*result = utf8_append(out, UTF8_REPLACEMENT);
	/* the end of a cut pair may be a line end or an escape */
	return trail >= 0x21 && trail <= 0x7e ? 2 : 1;
}

int
charset_iso2022_jp(struct slice text, struct buf *out)
{
	struct iso2022 s = {.set = ASCII};
	int result = 0;

	while (text.n > 0 && result == 0) {
		struct slice rest = slice_part(text, 1, text.n);
		size_t n = 0;

		if (text.p[0] == ESCAPE && slice_starts(rest, "N") &&
		    rest.n > 1) {
			result = utf8_append(
			    out, second_code(&s, (unsigned char)rest.p[1]));
			n = 3;
		} else if (text.p[0] == ESCAPE &&
		    (n = take_escape(&s, rest)) > 0) {
			n++;
		} else if (text.p[0] == ESCAPE) {
			result = utf8_append(out, UTF8_REPLACEMENT);
			n = 1;
		} else {
			n = append_character(&s, text, out, &result);
		}
		text = slice_part(text, n, text.n);
	}
	return result;
}

int
charset_iso2022_kr(struct slice text, struct buf *out)
{
	struct iso2022 s = {.set = ASCII, .table = PAIRS("UHC")};
	int result = 0;

	while (text.n > 0 && result == 0) {
		size_t n = 1;

		if (slice_starts(text, "\x1b$)C"))
			n = 4;
		else if (text.p[0] == SHIFT_OUT)
			s.set = PAIR;
		else if (text.p[0] == SHIFT_IN)
			s.set = ASCII;
		else
			n = append_character(&s, text, out, &result);
		text = slice_part(text, n, text.n);
	}
	return result;
}

/* UTF-16 put together unit by unit. */
struct units {
	uint32_t high; /* a surrogate that waits for its other half, or 0 */
};

static int
append_unit(struct units *u, uint32_t unit, struct buf *out)
{
	uint32_t high = u->high;

	u->high = 0;
	if (high != 0 && unit >= 0xdc00 && unit <= 0xdfff)
		return utf8_append(
		    out, 0x10000 + ((high - 0xd800) << 10) + (unit - 0xdc00));
	if (high != 0 && utf8_append(out, UTF8_REPLACEMENT) < 0)
		return -1;
	if (unit < 0xd800 || unit > 0xdbff)
		return utf8_append(out, unit);
	u->high = unit;
	return 0;
}

static int
end_units(struct units *u, bool broken, struct buf *out)
{
	broken = broken || u->high != 0;
	u->high = 0;
	return broken ? utf8_append(out, UTF8_REPLACEMENT) : 0;
}

static int
base64_digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Behind a `+': up to what is no digit, and a `-' there. */
static int
append_base64(struct slice *text, struct buf *out)
{
	struct units u = {0};
	uint32_t bits = 0;
	int n = 0, digit;

	while (text->n > 0 && (digit = base64_digit(text->p[0])) >= 0) {
		bits = bits << 6 | (uint32_t)digit;
		n += 6;
		if (n >= 16) {
			n -= 16;
			if (append_unit(&u, bits >> n & 0xffff, out) < 0)
				return -1;
		}
		*text = slice_part(*text, 1, text->n);
	}
	if (slice_starts(*text, "-"))
		*text = slice_part(*text, 1, text->n);
	return end_units(&u, n >= 6, out);
}

int
charset_utf7(struct slice text, struct buf *out)
{
	while (text.n > 0) {
		unsigned char c = (unsigned char)text.p[0];
		int result;

		text = slice_part(text, 1, text.n);
		if (c == '+' && slice_starts(text, "-")) {
			text = slice_part(text, 1, text.n);
			result = utf8_append(out, '+');
		} else if (c == '+') {
			result = append_base64(&text, out);
		} else {
			result = utf8_append(
			    out, c < 0x80 ? c : UTF8_REPLACEMENT);
		}
		if (result < 0)
			return -1;
	}
	return 0;
}

/* size octets from p, most significant first or last. */
static uint32_t
take_number(const char *p, size_t size, bool big)
{
	uint32_t number = 0;

	for (size_t i = 0; i < size; i++)
		number = number << 8 |
		    (unsigned char)p[big ? i : size - 1 - i];
	return number;
}

static int
convert_wide(struct slice text, size_t size, bool big, struct buf *out)
{
	struct units u = {0};

	for (; text.n >= size; text = slice_part(text, size, text.n)) {
		uint32_t code = take_number(text.p, size, big);

		if ((size == 2 ? append_unit(&u, code, out) :
				 utf8_append(out, code)) < 0)
			return -1;
	}
	return end_units(&u, text.n > 0, out);
}

/* A byte order mark tells, and is no character. */
static int
convert_marked(struct slice text, size_t size, struct buf *out)
{
	bool big = text.n >= size && take_number(text.p, size, true) == 0xfeff;
	bool little =
	    text.n >= size && take_number(text.p, size, false) == 0xfeff;

	if (big || little)
		text = slice_part(text, size, text.n);
	return convert_wide(text, size, big, out);
}

int
charset_utf16(struct slice text, struct buf *out)
{
	return convert_marked(text, 2, out);
}

int
charset_utf16_le(struct slice text, struct buf *out)
{
	return convert_wide(text, 2, false, out);
}

int
charset_utf16_be(struct slice text, struct buf *out)
{
	return convert_wide(text, 2, true, out);
}

int
charset_utf32(struct slice text, struct buf *out)
{
	return convert_marked(text, 4, out);
}

int
charset_utf32_le(struct slice text, struct buf *out)
{
	return convert_wide(text, 4, false, out);
}

int
charset_utf32_be(struct slice text, struct buf *out)
{
	return convert_wide(text, 4, true, out);
}
