/* SPDX-License-Identifier: ISC */
/*
 * uuencode: IEEE Std 1003.1, uuencode.  Old mail, and new mail that hopes not
 * to be looked into.
 */
#include "encoding.h"

static unsigned
uu_value(char c)
{
	return ((unsigned char)c - 32u) & 63u;
}

/* A line's first character tells its octets; -1: no line of data. */
static int
uu_line_length(struct slice line)
{
	unsigned n;

	if (line.n == 0 || line.p[0] < ' ' || line.p[0] > '`')
		return -1;
	n = uu_value(line.p[0]);
	/* Blanks at the end may be lost; more than that is no data. */
	if (n > 45 || line.n > 1 + ((size_t)n + 2) / 3 * 4 + 2)
		return -1;
	return (int)n;
}

/* Octets whose characters are missing are left out, so that a line never
 * yields more than it has. */
static int
uu_decode_line(struct slice line, int n, struct buf *out)
{
	static const unsigned left[] = {2, 4, 6}, right[] = {4, 2, 0};

	for (int k = 0; k < n; k++) {
		size_t i = 1 + (size_t)k / 3 * 4 + (size_t)k % 3;
		unsigned first, second;

		if (i >= line.n)
			break;
		first = uu_value(line.p[i]);
		second = i + 1 < line.n ? uu_value(line.p[i + 1]) : 0;
		if (buf_append_char(out, (char)(first << left[k % 3] |
		    second >> right[k % 3])) < 0)
			return -1;
	}
	return 0;
}

/* `begin 644 name': true, and the name. */
static bool
uu_begin(struct slice line, struct slice *name)
{
	struct slice rest;
	size_t digits = 0;

	if (!slice_starts(line, "begin "))
		return false;
	rest = slice_part(line, 6, line.n);
	while (digits < rest.n && rest.p[digits] >= '0' &&
	    rest.p[digits] <= '7')
		digits++;
	if (digits < 3 || digits > 4 || digits == rest.n ||
	    rest.p[digits] != ' ')
		return false;
	*name = slice_trim(slice_part(rest, digits, rest.n));
	return true;
}

int
uuencode_decode(struct slice text, struct buf *out, struct slice *name)
{
	struct slice found = SLICE_NONE, rest = text, line;

	while (rest.p != NULL && found.p == NULL) {
		line = slice_line(&rest);
		uu_begin(line, &found);
	}
	if (found.p == NULL)
		rest = text;
	if (name != NULL)
		*name = found;
	while (rest.p != NULL) {
		int n;

		line = slice_line(&rest);
		if (found.p != NULL && slice_is(slice_trim(line), "end"))
			break;
		n = uu_line_length(line);
		if (n > 0 && uu_decode_line(line, n, out) < 0)
			return -1;
	}
	return 0;
}
