/* SPDX-License-Identifier: ISC */
/*
 * Content-Transfer-Encodings.  Every decoder passes over its text once and
 * writes no more than it reads.
 */
#include "encoding.h"

#include <stdint.h>
#include <string.h>

#define QUOTED_LINE_MAX 76

enum { BASE64_SKIP = -1, BASE64_PAD = -2 };

static const char base64_alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Value of each ASCII character plus one; 0 is none. */
static const signed char base64_values[128] = {
	['+'] = 63, ['/'] = 64, ['0'] = 53, ['1'] = 54, ['2'] = 55,
	['3'] = 56, ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60,
	['8'] = 61, ['9'] = 62, ['A'] = 1, ['B'] = 2, ['C'] = 3, ['D'] = 4,
	['E'] = 5, ['F'] = 6, ['G'] = 7, ['H'] = 8, ['I'] = 9, ['J'] = 10,
	['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15,
	['P'] = 16, ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20,
	['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24, ['Y'] = 25,
	['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30,
	['e'] = 31, ['f'] = 32, ['g'] = 33, ['h'] = 34, ['i'] = 35,
	['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40,
	['o'] = 41, ['p'] = 42, ['q'] = 43, ['r'] = 44, ['s'] = 45,
	['t'] = 46, ['u'] = 47, ['v'] = 48, ['w'] = 49, ['x'] = 50,
	['y'] = 51, ['z'] = 52};

static inline int
base64_value(char c)
{
	if (c == '=')
		return BASE64_PAD;
	return (c & 0x80) != 0 ? BASE64_SKIP : base64_values[(int)c] - 1;
}

enum encoding
encoding_of(struct slice value)
{
	static const struct {
		const char *name;
		enum encoding encoding;
	} names[] = {{"7bit", ENCODING_IDENTITY},
	    {"8bit", ENCODING_IDENTITY}, {"binary", ENCODING_IDENTITY},
	    {"quoted-printable", ENCODING_QUOTED_PRINTABLE},
	    {"base64", ENCODING_BASE64}, {"x-uuencode", ENCODING_UUENCODE},
	    {"x-uue", ENCODING_UUENCODE}, {"uuencode", ENCODING_UUENCODE},
	    {"uue", ENCODING_UUENCODE}, {"7-bit", ENCODING_IDENTITY},
	    {"8-bit", ENCODING_IDENTITY}};
	size_t n = 0;

	value = slice_trim(value);
	if (value.n > 1 && value.p[0] == '"')
		value = slice_part(value, 1, value.n);
	while (n < value.n && (ascii_is_alnum(value.p[n]) || value.p[n] == '-'))
		n++;
	value = slice_part(value, 0, n);
	if (value.n == 0)
		return ENCODING_IDENTITY;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (slice_case_is(value, names[i].name))
			return names[i].encoding;
	return ENCODING_UNKNOWN;
}

/* Appends as much as out takes. */
static int
append_fitting(struct buf *out, struct slice s)
{
	struct slice part = slice_part(s, 0, out->max - out->n);

	buf_append_slice(out, part);
	return part.n == s.n ? 0 : -1;
}

int
encoding_decode(enum encoding encoding, struct slice text, struct buf *out)
{
	switch (encoding) {
	case ENCODING_QUOTED_PRINTABLE:
		return quoted_printable_decode(text, out);
	case ENCODING_BASE64:
		return base64_decode(text, out);
	case ENCODING_UUENCODE:
		return uuencode_decode(text, out, NULL);
	case ENCODING_IDENTITY:
	case ENCODING_UNKNOWN:
		break;
	}
	return append_fitting(out, text);
}

/* Decoded groups go through a small room, so that out need not be asked for
 * each of them. */
struct room {
	struct buf *out;
	size_t n;
	char octets[3072];
};

static int
room_flush(struct room *room)
{
	size_t n = room->n;

	room->n = 0;
	return append_fitting(room->out, slice_of(room->octets, n));
}

/* A group of n significant characters (2 to 4), left aligned in 24 bits. */
static int
room_put_group(struct room *room, uint32_t group, unsigned n)
{
	room->octets[room->n++] = (char)(group >> 16);
	if (n > 2)
		room->octets[room->n++] = (char)(group >> 8);
	if (n > 3)
		room->octets[room->n++] = (char)group;
	return room->n > sizeof(room->octets) - 3 ? room_flush(room) : 0;
}

/* Four characters of the alphabet in a row: the way of nearly all octets. */
static size_t
decode_whole_groups(struct room *room, struct slice text, int *full)
{
	const unsigned char *p = (const unsigned char *)text.p;
	size_t i = 0;

	while (i + 4 <= text.n &&
	    ((p[i] | p[i + 1] | p[i + 2] | p[i + 3]) & 0x80) == 0) {
		int a = base64_values[p[i]] - 1;
		int b = base64_values[p[i + 1]] - 1;
		int c = base64_values[p[i + 2]] - 1;
		int d = base64_values[p[i + 3]] - 1;
		char *to = room->octets + room->n;

		if ((a | b | c | d) < 0)
			break;
		i += 4;
		to[0] = (char)(a << 2 | b >> 4);
		to[1] = (char)(b << 4 | c >> 2);
		to[2] = (char)(c << 6 | d);
		room->n += 3;
		if (room->n > sizeof(room->octets) - 3 &&
		    (*full = room_flush(room)) < 0)
			break;
	}
	return i;
}

int
base64_decode(struct slice text, struct buf *out)
{
	struct room room = {.out = out};
	uint32_t group = 0;
	unsigned have = 0;
	int full = 0;

	for (size_t i = 0; i < text.n;) {
		int value;

		if (have == 0) {
			i += decode_whole_groups(&room,
			    slice_part(text, i, text.n), &full);
			if (full < 0)
				return -1;
			if (i == text.n)
				break;
		}
		value = base64_value(text.p[i++]);
		if (value == BASE64_SKIP)
			continue;
		if (value != BASE64_PAD) {
			group |= (uint32_t)value << (18 - 6 * have);
			if (++have < 4)
				continue;
		}
		if (have > 1 && room_put_group(&room, group, have) < 0)
			return -1;
		group = have = 0;
	}
	if (have > 1 && room_put_group(&room, group, have) < 0)
		return -1;
	return room_flush(&room);
}

int
base64_decode_strict(struct slice text, bool folded, struct buf *out)
{
	size_t before = out->n, characters = 0, pads = 0;

	for (size_t i = 0; i < text.n; i++) {
		int value = base64_value(text.p[i]);

		if (value == BASE64_PAD)
			pads++;
		else if (value >= 0 && pads == 0)
			characters++;
		else if (value >= 0 || !folded ||
		    strchr(" \t\r\n", text.p[i]) == NULL || text.p[i] == '\0')
			return -1;
	}
	if (pads > 2 || (characters + pads) % 4 != 0 || characters % 4 == 1)
		return -1;
	if (base64_decode(text, out) == 0)
		return 0;
	buf_truncate(out, before);
	return -1;
}

size_t
base64_encoded_size(size_t octets)
{
	return (octets + 2) / 3 * 4;
}

static void
encode_group(const unsigned char *p, size_t n, char out[4])
{
	uint32_t group = (uint32_t)p[0] << 16;

	if (n > 1)
		group |= (uint32_t)p[1] << 8;
	if (n > 2)
		group |= p[2];
	out[0] = base64_alphabet[group >> 18];
	out[1] = base64_alphabet[group >> 12 & 63];
	out[2] = n > 1 ? base64_alphabet[group >> 6 & 63] : '=';
	out[3] = n > 2 ? base64_alphabet[group & 63] : '=';
}

int
base64_encode(struct slice octets, size_t line_max, struct buf *out)
{
	size_t size = base64_encoded_size(octets.n), column = 0;
	size_t lines = line_max == 0 ? 0 : (size + line_max - 1) / line_max;
	char *to;

	if (buf_reserve(out, size + 2 * lines) < 0)
		return -1;
	to = out->p + out->n;
	for (size_t i = 0; i < octets.n; i += 3) {
		encode_group((const unsigned char *)octets.p + i,
		    octets.n - i, to);
		to += 4;
		column += 4;
		if (line_max != 0 &&
		    (column >= line_max || i + 3 >= octets.n)) {
			memcpy(to, "\r\n", 2);
			to += 2;
			column = 0;
		}
	}
	*to = '\0';
	out->n = (size_t)(to - out->p);
	return 0;
}

/* What stands behind a `=' at the end of a line, or 0: no soft line break. */
static size_t
soft_break(struct slice s)
{
	size_t n = 0;

	while (n < s.n && ascii_is_space(s.p[n]))
		n++;
	if (n < s.n && s.p[n] == '\n')
		return n + 1;
	if (n + 1 < s.n && s.p[n] == '\r' && s.p[n + 1] == '\n')
		return n + 2;
	return n == s.n ? n + 1 : 0;
}

/* Where decoded octets go, of which there are never more than were read. */
struct target {
	char *to, *end;
};

static bool
put(struct target *t, struct slice s)
{
	size_t room = (size_t)(t->end - t->to), n = s.n < room ? s.n : room;

	memcpy(t->to, s.p, n);
	t->to += n;
	return n == s.n;
}

/* One line with its end; `=' escapes decoded.  False: full. */
static bool
decode_quoted_line(struct slice line, struct target *t)
{
	struct slice text = line, end;
	size_t at;

	if (text.n > 0 && text.p[text.n - 1] == '\n')
		text.n--;
	if (text.n > 0 && text.n < line.n && text.p[text.n - 1] == '\r')
		text.n--;
	end = slice_part(line, text.n, line.n);
	while (end.n > 0 && text.n > 0 && ascii_is_space(text.p[text.n - 1]))
		text.n--;
	while ((at = slice_find(text, '=')) < text.n) {
		int high = at + 1 < text.n ? ascii_hex(text.p[at + 1]) : -1;
		int low = at + 2 < text.n ? ascii_hex(text.p[at + 2]) : -1;
		bool fits = put(t, slice_part(text, 0, at));

		text = slice_part(text, at + 1, text.n);
		if (fits && text.n == 0)
			return true; /* soft line break */
		if (high >= 0 && low >= 0) {
			char octet = (char)(high * 16 + low);

			fits = fits && put(t, slice_of(&octet, 1));
			text = slice_part(text, 2, text.n);
		} else if (fits && soft_break(text) != 0) {
			return true;
		} else {
			fits = fits && put(t, SLICE("="));
		}
		if (!fits)
			return false;
	}
	return put(t, text) && put(t, end);
}

int
quoted_printable_decode(struct slice text, struct buf *out)
{
	size_t room = out->max - out->n;
	struct target target;
	bool fits = true;

	if (room > text.n)
		room = text.n;
	buf_reserve(out, room);
	target = (struct target){out->p + out->n, out->p + out->n + room};
	while (fits && text.n > 0) {
		size_t n = slice_find(text, '\n');

		if (n < text.n)
			n++;
		fits = decode_quoted_line(slice_part(text, 0, n), &target);
		text = slice_part(text, n, text.n);
	}
	*target.to = '\0';
	out->n = (size_t)(target.to - out->p);
	return fits ? 0 : -1;
}

/* One octet of a line; `last' is the line's last one. */
static int
encode_quoted_octet(char c, bool last, size_t *column, struct buf *out)
{
	bool plain = (c > ' ' && c <= '~' && c != '=') ||
	    (ascii_is_space(c) && !last);
	size_t n = plain ? 1 : 3;

	/* One column stays free for the soft break. */
	if (*column + n > (last ? QUOTED_LINE_MAX : QUOTED_LINE_MAX - 1)) {
		if (buf_append_text(out, "=\r\n") < 0)
			return -1;
		*column = 0;
	}
	*column += n;
	/* `From ' and `.' at the start of a line fare badly on the way. */
	if (plain && *column == 1 && (c == 'F' || c == '.')) {
		*column = 3;
		plain = false;
	}
	if (plain)
		return buf_append_char(out, c);
	return buf_format(out, "=%02X", (unsigned char)c);
}

int
quoted_printable_encode(struct slice text, struct buf *out)
{
	while (text.n > 0) {
		size_t end = slice_find(text, '\n'), column = 0;
		struct slice line = slice_part(text, 0, end);

		if (end < text.n && line.n > 0 && line.p[line.n - 1] == '\r')
			line.n--;
		for (size_t i = 0; i < line.n; i++)
			if (encode_quoted_octet(line.p[i], i + 1 == line.n,
			    &column, out) < 0)
				return -1;
		if (end < text.n && buf_append_text(out, "\r\n") < 0)
			return -1;
		text = slice_part(text, end + 1, text.n);
	}
	return 0;
}

int
percent_decode(struct slice text, struct buf *out)
{
	size_t at;

	while ((at = slice_find(text, '%')) < text.n) {
		int high, low;

		if (append_fitting(out, slice_part(text, 0, at)) < 0)
			return -1;
		text = slice_part(text, at + 1, text.n);
		high = text.n >= 2 ? ascii_hex(text.p[0]) : -1;
		low = text.n >= 2 ? ascii_hex(text.p[1]) : -1;
		if (high < 0 || low < 0) {
			if (buf_append_char(out, '%') < 0)
				return -1;
			continue;
		}
		if (buf_append_char(out, (char)(high * 16 + low)) < 0)
			return -1;
		text = slice_part(text, 2, text.n);
	}
	return append_fitting(out, text);
}
