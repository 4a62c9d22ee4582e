/* SPDX-License-Identifier: ISC */
/* Base64 as it stands in DKIM tags: strict, but for blanks. */
#include "auth/base64.h"

static int
digit_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (ascii_is_digit(c))
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

int
base64_decode_folded(struct slice text, struct buf *out)
{
	unsigned bits = 0, n = 0, padding = 0;

	if (buf_reserve(out, text.n / 4 * 3 + 3) < 0)
		return -1;
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		int digit = digit_of(c);

		if (ascii_is_space(c) || c == '\r' || c == '\n')
			continue;
		if (c == '=') {
			padding++;
			continue;
		}
		if (digit < 0 || padding > 0)
			return -1;
		bits = bits << 6 | (unsigned)digit;
		if (++n % 4 == 0)
			for (int shift = 16; shift >= 0; shift -= 8)
				out->p[out->n++] =
				    (char)(bits >> shift & 0xff);
	}
	if (n % 4 == 1 || padding > 2 || (padding > 0 &&
	    (n + padding) % 4 != 0))
		return -1;
	if (n % 4 == 3)
		out->p[out->n++] = (char)(bits >> 10 & 0xff);
	if (n % 4 >= 2)
		out->p[out->n++] = (char)(bits >> (n % 4 == 3 ? 2 : 4) & 0xff);
	out->p[out->n] = '\0';
	return 0;
}
