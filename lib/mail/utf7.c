/* SPDX-License-Identifier: ISC */
/*
 * Modified UTF-7: printable ASCII stands for itself, `&-' for an ampersand,
 * and what is between `&' and `-' is UTF-16BE in base 64 with a comma for the
 * slash and no padding.
 */
#include "utf7.h"

#include <string.h>

#include "base/utf8.h"

static const char digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

struct bits {
	uint32_t value;
	unsigned n;
};

static void
put_unit(struct buf *out, struct bits *bits, unsigned unit)
{
	bits->value = bits->value << 16 | unit;
	bits->n += 16;
	while (bits->n >= 6) {
		bits->n -= 6;
		buf_append_char(out, digits[bits->value >> bits->n & 63]);
	}
}

static bool
is_direct(uint32_t code, const char *also)
{
	return code >= 0x20 && code < 0x7f && strchr(also, (int)code) == NULL;
}

void
utf7_encode(struct slice text, const char *also, struct buf *out)
{
	struct bits bits = {0, 0};
	bool shifted = false, valid;
	uint32_t code;

	for (;;) {
		size_t n = utf8_next(text, &code, &valid);
		bool direct = n == 0 || is_direct(code, also);

		if (shifted && direct) {
			if (bits.n > 0)
				buf_append_char(out,
				    digits[bits.value << (6 - bits.n) & 63]);
			buf_append_char(out, '-');
			bits = (struct bits){0, 0};
			shifted = false;
		}
		if (n == 0)
			return;
		if (direct) {
			buf_append_text(out, code == '&' ? "&-" : "");
			if (code != '&')
				buf_append_char(out, (char)code);
		} else {
			if (!shifted)
				buf_append_char(out, '&');
			shifted = true;
			if (code >= 0x10000) {
				put_unit(out, &bits,
				    0xd800 + ((code - 0x10000) >> 10));
				code = 0xdc00 + ((code - 0x10000) & 0x3ff);
			}
			put_unit(out, &bits, code);
		}
		text = slice_part(text, n, text.n);
	}
}

/* UTF-16 units from one run of base 64. */
static int
decode_run(struct slice run, struct buf *out)
{
	struct bits bits = {0, 0};
	uint32_t high = 0;

	for (size_t i = 0; i < run.n; i++) {
		const char *at = run.p[i] == '\0' ? NULL
						  : strchr(digits, run.p[i]);
		uint32_t unit;

		if (at == NULL)
			return -1;
		bits.value = bits.value << 6 | (uint32_t)(at - digits);
		bits.n += 6;
		if (bits.n < 16)
			continue;
		bits.n -= 16;
		unit = bits.value >> bits.n & 0xffff;
		if (high != 0) {
			if (unit < 0xdc00 || unit > 0xdfff)
				return -1;
			unit = 0x10000 + ((high & 0x3ff) << 10 |
			    (unit & 0x3ff));
			high = 0;
		} else if (unit >= 0xd800 && unit < 0xdc00) {
			high = unit;
			continue;
		} else if (unit >= 0xdc00 && unit < 0xe000) {
			return -1;
		}
		utf8_append(out, unit);
	}
	return high != 0 || bits.n >= 6 ? -1 : 0;
}

int
utf7_decode(struct slice text, struct buf *out)
{
	size_t from = out->n;

	while (text.n > 0) {
		size_t end;

		if ((unsigned char)text.p[0] < 0x20 ||
		    (unsigned char)text.p[0] > 0x7e)
			goto bad;
		if (text.p[0] != '&') {
			buf_append_char(out, text.p[0]);
			text = slice_part(text, 1, text.n);
			continue;
		}
		end = slice_find(text, '-');
		if (end == text.n)
			goto bad;
		if (end == 1)
			buf_append_char(out, '&');
		else if (decode_run(slice_part(text, 1, end), out) < 0)
			goto bad;
		text = slice_part(text, end + 1, text.n);
	}
	return 0;
bad:
	buf_truncate(out, from);
	return -1;
}
