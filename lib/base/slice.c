/* SPDX-License-Identifier: ISC */
/*
 * Views of octets.  No allocation, no locale, no assumption about a NUL.
 */
#include "slice.h"

#include <string.h>

struct slice
slice_of(const void *p, size_t n)
{
	return (struct slice){p, n};
}

bool
slice_case_equal(struct slice a, struct slice b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (ascii_lower(a.p[i]) != ascii_lower(b.p[i]))
			return false;
	return true;
}

bool
slice_ends(struct slice s, const char *text)
{
	size_t n = strlen(text);

	return s.n >= n && slice_is(slice_part(s, s.n - n, s.n), text);
}

bool
slice_case_ends(struct slice s, const char *text)
{
	size_t n = strlen(text);

	return s.n >= n && slice_case_is(slice_part(s, s.n - n, s.n), text);
}

int
slice_compare(struct slice a, struct slice b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n == 0 ? 0 : memcmp(a.p, b.p, n);

	if (order != 0)
		return order;
	return (a.n > b.n) - (a.n < b.n);
}

int
slice_case_compare(struct slice a, struct slice b)
{
	size_t n = a.n < b.n ? a.n : b.n;

	for (size_t i = 0; i < n; i++) {
		int order = (unsigned char)ascii_lower(a.p[i]) -
		    (unsigned char)ascii_lower(b.p[i]);

		if (order != 0)
			return order;
	}
	return (a.n > b.n) - (a.n < b.n);
}

static bool
is_trimmed(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct slice
slice_trim(struct slice s)
{
	while (s.n > 0 && is_trimmed(s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n > 0 && is_trimmed(s.p[s.n - 1]))
		s.n--;
	return s;
}

size_t
slice_find_text(struct slice s, struct slice text)
{
	const char *at;

	if (text.n == 0)
		return 0;
	if (s.n < text.n)
		return s.n;
	at = memmem(s.p, s.n, text.p, text.n);
	return at == NULL ? s.n : (size_t)(at - s.p);
}

struct slice
slice_cut(struct slice *rest, char c)
{
	size_t at = slice_find(*rest, c);
	struct slice part = slice_part(*rest, 0, at);

	if (at == rest->n)
		*rest = SLICE_NONE;
	else
		*rest = slice_part(*rest, at + 1, rest->n);
	return part;
}

struct slice
slice_line(struct slice *rest)
{
	struct slice line = slice_cut(rest, '\n');

	if (rest->n == 0)
		*rest = SLICE_NONE;
	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	return line;
}

int
ascii_hex(char c)
{
	if (ascii_is_digit(c))
		return c - '0';
	c = ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}
