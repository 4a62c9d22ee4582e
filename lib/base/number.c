/* SPDX-License-Identifier: ISC */
/*
 * Text to numbers, exactly or not at all.
 */
#include "number.h"

int
number_parse(struct slice text, int64_t min, int64_t max, int64_t *out)
{
	bool negative = text.n > 0 && text.p[0] == '-';
	size_t i = negative ? 1 : 0;
	int64_t value = 0;

	if (i == text.n)
		return -1;
	for (; i < text.n; i++) {
		if (!ascii_is_digit(text.p[i]) ||
		    __builtin_mul_overflow(value, 10, &value))
			return -1;
		if (negative
			? __builtin_sub_overflow(
			      value, text.p[i] - '0', &value)
			: __builtin_add_overflow(
			      value, text.p[i] - '0', &value))
			return -1;
	}
	if (value < min || value > max)
		return -1;
	*out = value;
	return 0;
}

static int
parse_scaled(struct slice text, const char *units, const int64_t *scales,
    int64_t *out)
{
	int64_t value, scale = 1;

	if (text.n > 1)
		for (size_t i = 0; units[i] != '\0'; i++)
			if (ascii_lower(text.p[text.n - 1]) == units[i]) {
				scale = scales[i];
				text.n--;
				break;
			}
	if (number_parse(text, 0, INT64_MAX, &value) < 0 ||
	    __builtin_mul_overflow(value, scale, &value))
		return -1;
	*out = value;
	return 0;
}

int
number_parse_size(struct slice text, int64_t *out)
{
	static const int64_t scales[] = {1LL << 10, 1LL << 20, 1LL << 30};

	return parse_scaled(text, "kmg", scales, out);
}

int
number_parse_duration(struct slice text, int64_t *out)
{
	static const int64_t scales[] = {1, 60, 3600, 86400, 604800};

	return parse_scaled(text, "smhdw", scales, out);
}
