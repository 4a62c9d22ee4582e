/* SPDX-License-Identifier: ISC */
/*
 * Reading JSON in place.  The text was checked (json_check.c), so a walk only
 * has to find where values end; but no index leaves the slice whatever is in
 * it.
 */
#include "json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "number.h"
#include "utf8.h"

#define INTEGER_MAX ((int64_t)1 << 53)

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* p stands on the opening quote; the result behind the closing one. */
static const char *
skip_string(const char *p, const char *end)
{
	for (p++; p < end; p++) {
		const char *quote = memchr(p, '"', (size_t)(end - p));
		const char *back;

		if (quote == NULL)
			return end;
		/* an even number of backslashes before it leaves it a quote */
		for (back = quote; back > p && back[-1] == '\\'; back--)
			;
		if ((quote - back) % 2 == 0)
			return quote + 1;
		p = quote;
	}
	return end;
}

static const char *
skip_container(const char *p, const char *end)
{
	unsigned depth = 0;

	while (p < end) {
		switch (*p) {
		case '"':
			p = skip_string(p, end);
			continue;
		case '{':
		case '[':
			depth++;
			break;
		case '}':
		case ']':
			if (--depth == 0)
				return p + 1;
			break;
		}
		p++;
	}
	return end;
}

static const char *
skip_value(const char *p, const char *end)
{
	if (p == end)
		return end;
	if (*p == '"')
		return skip_string(p, end);
	if (*p == '{' || *p == '[')
		return skip_container(p, end);
	while (p < end && *p != ',' && *p != '}' && *p != ']' && !is_space(*p))
		p++;
	return p;
}

enum json_type
json_type(struct slice value)
{
	if (value.n == 0)
		return JSON_NONE;
	switch (value.p[0]) {
	case '{':
		return JSON_OBJECT;
	case '[':
		return JSON_ARRAY;
	case '"':
		return JSON_STRING;
	case 't':
		return JSON_TRUE;
	case 'f':
		return JSON_FALSE;
	case 'n':
		return JSON_NULL;
	default:
		return value.p[0] == '-' || ascii_is_digit(value.p[0])
		    ? JSON_NUMBER
		    : JSON_NONE;
	}
}

struct json_walk
json_walk(struct slice value)
{
	enum json_type type;

	value = slice_trim(value);
	type = json_type(value);
	if ((type != JSON_OBJECT && type != JSON_ARRAY) || value.n < 2)
		return (struct json_walk){SLICE_NONE, false};
	return (struct json_walk){
	    slice_part(value, 1, value.n - 1), type == JSON_OBJECT};
}

bool
json_next(struct json_walk *walk, struct slice *name, struct slice *item)
{
	const char *p = walk->rest.p, *end, *from;

	if (p == NULL)
		return false;
	end = p + walk->rest.n;
	while (p < end && (is_space(*p) || *p == ','))
		p++;
	if (name != NULL)
		*name = SLICE_NONE;
	if (walk->in_object && p < end) {
		from = p + 1;
		p = skip_string(p, end);
		if (name != NULL && p > from)
			*name = slice_of(from, (size_t)(p - 1 - from));
		while (p < end && (is_space(*p) || *p == ':'))
			p++;
	}
	from = p;
	p = skip_value(p, end);
	if (p == from) {
		walk->rest = SLICE_NONE;
		return false;
	}
	*item = slice_of(from, (size_t)(p - from));
	walk->rest = slice_of(p, (size_t)(end - p));
	return true;
}

static unsigned
read_unit(struct slice s)
{
	unsigned unit = 0;

	for (size_t i = 0; i < 4 && i < s.n; i++)
		unit = unit << 4 | ((unsigned)ascii_hex(s.p[i]) & 15);
	return unit;
}

/* Takes one character, escaped or not, off the raw text and gives its
 * octets. */
static size_t
next_character(struct slice *raw, char out[4])
{
	static const char letters[] = "bfnrt", meaning[] = "\b\f\n\r\t";
	const char *letter;
	uint32_t point;

	if (raw->p[0] != '\\' || raw->n == 1) {
		out[0] = raw->p[0];
		*raw = slice_part(*raw, 1, raw->n);
		return 1;
	}
	if (raw->p[1] != 'u') {
		letter = raw->p[1] == '\0' ? NULL : strchr(letters, raw->p[1]);
		out[0] = letter == NULL ? raw->p[1] : meaning[letter - letters];
		*raw = slice_part(*raw, 2, raw->n);
		return 1;
	}
	point = read_unit(slice_part(*raw, 2, 6));
	*raw = slice_part(*raw, 6, raw->n);
	if (point >= 0xd800 && point < 0xe000) {
		point = 0x10000 + ((point & 0x3ff) << 10 |
		    (read_unit(slice_part(*raw, 2, 6)) & 0x3ff));
		*raw = slice_part(*raw, 6, raw->n);
	}
	return utf8_put(point, out);
}

bool
json_name_is(struct slice raw, struct slice text)
{
	if (slice_equal(raw, text))
		return true;
	if (raw.n <= text.n || memchr(raw.p, '\\', raw.n) == NULL)
		return false;
	while (raw.n > 0) {
		char octets[4];
		size_t n = next_character(&raw, octets);

		if (!slice_equal(slice_part(text, 0, n), slice_of(octets, n)))
			return false;
		text = slice_part(text, n, text.n);
	}
	return text.n == 0;
}

static struct slice
get_step(struct slice container, struct slice step)
{
	struct json_walk walk = json_walk(container);
	struct slice name, item;
	int64_t index = 0;

	if (!walk.in_object && number_parse(step, 0, INT32_MAX, &index) < 0)
		return SLICE_NONE;
	while (json_next(&walk, &name, &item))
		if (walk.in_object ? json_name_is(name, step) : index-- == 0)
			return item;
	return SLICE_NONE;
}

struct slice
json_get(struct slice object, const char *path)
{
	struct slice rest = slice_text(path);

	while (rest.p != NULL && object.p != NULL)
		object = get_step(object, slice_cut(&rest, '.'));
	return object;
}

size_t
json_count(struct slice value)
{
	struct json_walk walk = json_walk(value);
	struct slice item;
	size_t n = 0;

	while (json_next(&walk, NULL, &item))
		n++;
	return n;
}

static struct slice
between_quotes(struct slice value)
{
	if (value.n < 2 || value.p[0] != '"' || value.p[value.n - 1] != '"')
		return SLICE_NONE;
	return slice_part(value, 1, value.n - 1);
}

int
json_string(struct slice value, struct buf *out)
{
	struct slice raw = between_quotes(value);

	if (raw.p == NULL)
		return -1;
	while (raw.n > 0) {
		size_t plain = slice_find(raw, '\\');
		char octets[4];
		size_t n;

		if (buf_append(out, raw.p, plain) < 0)
			return -1;
		raw = slice_part(raw, plain, raw.n);
		if (raw.n == 0)
			break;
		n = next_character(&raw, octets);
		if (buf_append(out, octets, n) < 0)
			return -1;
	}
	return 0;
}

bool
json_string_is(struct slice value, const char *text)
{
	struct slice raw = between_quotes(value);

	return raw.p != NULL && json_name_is(raw, slice_text(text));
}

struct slice
json_plain(struct slice value)
{
	struct slice raw = between_quotes(value);

	if (raw.n > 0 && memchr(raw.p, '\\', raw.n) != NULL)
		return SLICE_NONE;
	return raw;
}

int
json_integer(struct slice value, int64_t *out)
{
	return number_parse(value, -INTEGER_MAX, INTEGER_MAX, out);
}

int
json_real(struct slice value, double *out)
{
	char *copy, *end;
	double number;

	if (json_type(value) != JSON_NUMBER)
		return -1;
	copy = mem_dup(value.p, value.n);
	number = strtod(copy, &end);
	if (end == copy || *end != '\0' || !isfinite(number)) {
		free(copy);
		return -1;
	}
	free(copy);
	*out = number;
	return 0;
}

bool
json_is_true(struct slice value)
{
	return slice_is(value, "true");
}
