/* SPDX-License-Identifier: ISC */
/*
 * UTF-8, well formed or not at all (RFC 3629, 4).  Reads foreign octets.
 */
#include "utf8.h"

static bool
is_tail(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

size_t
utf8_next(struct slice s, uint32_t *out)
{
	const unsigned char *p = (const unsigned char *)s.p;
	uint32_t point;

	if (s.n == 0)
		return 0;
	if (p[0] < 0x80) {
		*out = p[0];
		return 1;
	}
	if (p[0] < 0xc2 || p[0] > 0xf4 || s.n < 2 || !is_tail(p[1]))
		return 0;
	if (p[0] < 0xe0) {
		*out = (p[0] & 0x1fu) << 6 | (p[1] & 0x3fu);
		return 2;
	}
	if (s.n < 3 || !is_tail(p[2]))
		return 0;
	if (p[0] < 0xf0) {
		point = (p[0] & 0x0fu) << 12 | (p[1] & 0x3fu) << 6 |
		    (p[2] & 0x3fu);
		if (point < 0x800 || (point >= 0xd800 && point < 0xe000))
			return 0;
		*out = point;
		return 3;
	}
	if (s.n < 4 || !is_tail(p[3]))
		return 0;
	point = (p[0] & 0x07u) << 18 | (p[1] & 0x3fu) << 12 |
	    (p[2] & 0x3fu) << 6 | (p[3] & 0x3fu);
	if (point < 0x10000 || point > 0x10ffff)
		return 0;
	*out = point;
	return 4;
}

size_t
utf8_length(struct slice s)
{
	uint32_t point;

	return utf8_next(s, &point);
}

bool
utf8_is_valid(struct slice s)
{
	while (s.n > 0) {
		size_t n = utf8_length(s);

		if (n == 0)
			return false;
		s = slice_part(s, n, s.n);
	}
	return true;
}

size_t
utf8_put(uint32_t point, char out[4])
{
	if (point < 0x80) {
		out[0] = (char)point;
		return 1;
	}
	if (point < 0x800) {
		out[0] = (char)(0xc0 | point >> 6);
		out[1] = (char)(0x80 | (point & 0x3f));
		return 2;
	}
	if (point < 0x10000) {
		out[0] = (char)(0xe0 | point >> 12);
		out[1] = (char)(0x80 | (point >> 6 & 0x3f));
		out[2] = (char)(0x80 | (point & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | point >> 18);
	out[1] = (char)(0x80 | (point >> 12 & 0x3f));
	out[2] = (char)(0x80 | (point >> 6 & 0x3f));
	out[3] = (char)(0x80 | (point & 0x3f));
	return 4;
}

int
utf8_append(struct buf *out, struct slice s)
{
	size_t from = 0, at = 0;

	while (at < s.n) {
		size_t n = utf8_length(slice_part(s, at, s.n));

		if (n > 0) {
			at += n;
			continue;
		}
		if (buf_append_slice(out, slice_part(s, from, at)) < 0 ||
		    buf_append_text(out, "\xef\xbf\xbd") < 0)
			return -1;
		from = ++at;
	}
	return buf_append_slice(out, slice_part(s, from, s.n));
}
