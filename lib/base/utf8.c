/* SPDX-License-Identifier: ISC */
/*
 * Characters of UTF-8 out of foreign octets.  An ill-formed sequence is
 * replaced as the Unicode standard recommends (3.9, U+FFFD for each maximal
 * subpart), so that two readers of one text see the same number of them.
 */
#include "utf8.h"

#include <string.h>

/* The first octet tells the length and the range of the second one. */
struct lead {
	unsigned char first, last; /* range of the first octet */
	unsigned char length;
	unsigned char low, high; /* range of the second octet */
};

static const struct lead leads[] = {
	{0xc2, 0xdf, 2, 0x80, 0xbf}, {0xe0, 0xe0, 3, 0xa0, 0xbf},
	{0xe1, 0xec, 3, 0x80, 0xbf}, {0xed, 0xed, 3, 0x80, 0x9f},
	{0xee, 0xef, 3, 0x80, 0xbf}, {0xf0, 0xf0, 4, 0x90, 0xbf},
	{0xf1, 0xf3, 4, 0x80, 0xbf}, {0xf4, 0xf4, 4, 0x80, 0x8f}};

static size_t
next_wide(struct slice s, uint32_t *code, bool *valid)
{
	const unsigned char *p = (const unsigned char *)s.p;
	const struct lead *lead = leads;
	const struct lead *end = leads + sizeof(leads) / sizeof(leads[0]);
	size_t i;

	*code = UTF8_REPLACEMENT;
	*valid = false;
	while (lead < end && (p[0] < lead->first || p[0] > lead->last))
		lead++;
	if (lead == end || s.n < 2 || p[1] < lead->low || p[1] > lead->high)
		return 1;
	for (i = 2; i < lead->length; i++)
		if (i >= s.n || (p[i] & 0xc0) != 0x80)
			return i;
	*code = p[0] & (0x7fu >> lead->length);
	for (i = 1; i < lead->length; i++)
		*code = *code << 6 | (p[i] & 0x3fu);
	*valid = true;
	return lead->length;
}

size_t
utf8_next(struct slice s, uint32_t *code, bool *valid)
{
	if (s.n == 0)
		return 0;
	if ((unsigned char)s.p[0] >= 0x80)
		return next_wide(s, code, valid);
	*code = (unsigned char)s.p[0];
	*valid = true;
	return 1;
}

size_t
utf8_length(struct slice s)
{
	uint32_t code;
	bool valid = false;
	size_t n = utf8_next(s, &code, &valid);

	return valid ? n : 0;
}

size_t
utf8_ascii_run(struct slice s)
{
	size_t i = 0;
	uint64_t eight;

	for (; i + 8 <= s.n; i += 8) {
		memcpy(&eight, s.p + i, 8);
		if ((eight & 0x8080808080808080u) != 0)
			break;
	}
	while (i < s.n && (unsigned char)s.p[i] < 0x80)
		i++;
	return i;
}

/* How many octets of well-formed UTF-8 s begins with. */
static size_t
valid_run(struct slice s)
{
	size_t at = 0, n;
	uint32_t code;
	bool valid = true;

	for (;;) {
		at += utf8_ascii_run(slice_part(s, at, s.n));
		if (at == s.n)
			return at;
		n = utf8_next(slice_part(s, at, s.n), &code, &valid);
		if (!valid)
			return at;
		at += n;
	}
}

bool
utf8_is_valid(struct slice s)
{
	return valid_run(s) == s.n;
}

size_t
utf8_put(uint32_t code, char out[4])
{
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		code = UTF8_REPLACEMENT;
	if (code < 0x800) {
		out[0] = (char)(0xc0 | code >> 6);
		out[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code < 0x10000) {
		out[0] = (char)(0xe0 | code >> 12);
		out[1] = (char)(0x80 | (code >> 6 & 0x3f));
		out[2] = (char)(0x80 | (code & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | code >> 18);
	out[1] = (char)(0x80 | (code >> 12 & 0x3f));
	out[2] = (char)(0x80 | (code >> 6 & 0x3f));
	out[3] = (char)(0x80 | (code & 0x3f));
	return 4;
}

int
utf8_append(struct buf *out, uint32_t code)
{
	char octets[4];

	return buf_append(out, octets, utf8_put(code, octets));
}

/* As much of s as out still takes; s is well-formed. */
static int
append_fitting(struct buf *out, struct slice s)
{
	struct slice part = utf8_cut(s, out->max - out->n);

	buf_append_slice(out, part);
	return part.n == s.n ? 0 : -1;
}

int
utf8_append_clean(struct buf *out, struct slice s)
{
	size_t n;
	uint32_t code;
	bool valid;

	for (;;) {
		n = valid_run(s);
		if (append_fitting(out, slice_part(s, 0, n)) < 0)
			return -1;
		s = slice_part(s, n, s.n);
		if (s.n == 0)
			return 0;
		n = utf8_next(s, &code, &valid);
		if (utf8_append(out, UTF8_REPLACEMENT) < 0)
			return -1;
		s = slice_part(s, n, s.n);
	}
}

struct slice
utf8_cut(struct slice s, size_t n)
{
	if (s.n <= n)
		return s;
	while (n > 0 && (s.p[n] & 0xc0) == 0x80)
		n--;
	return slice_part(s, 0, n);
}
