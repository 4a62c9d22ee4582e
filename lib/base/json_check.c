/* SPDX-License-Identifier: ISC */
/*
 * The strict check of foreign JSON: one pass, no recursion, no copy of the
 * text.  It trusts nothing; the walkers in json.c trust what it let through.
 * Names of an object are gathered while it is open and compared when it
 * closes, by sorting where they are many, so that 1 MiB of names costs no
 * more than a sort.
 */
#include "json.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "utf8.h"

#define NAMES_FIRST 48   /* kept without an allocation */
#define NAMES_PAIRWISE 8 /* up to here comparing each with each is faster */
#define INTEGER_MAX ((uint64_t)1 << 53)

struct check {
	const char *p, *end;
	const char *fault;
	struct slice *names; /* of all open objects, innermost last */
	size_t names_n, names_capacity;
	struct slice names_first[NAMES_FIRST];
	struct buf unescaped; /* names that had escapes; never reallocated */
	unsigned depth;
	struct {
		bool is_object;
		size_t names_from;
	} open[JSON_DEPTH_MAX];
};

static int
fail(struct check *c, const char *fault)
{
	c->fault = fault;
	return -1;
}

static void
skip_space(struct check *c)
{
	while (c->p < c->end && (*c->p == ' ' || *c->p == '\t' ||
	    *c->p == '\n' || *c->p == '\r'))
		c->p++;
}

static bool
next_is(struct check *c, char wanted)
{
	if (c->p == c->end || *c->p != wanted)
		return false;
	c->p++;
	return true;
}

/* Eight octets at a time: is none of them a quote, a backslash, a control
 * character or beyond ASCII?  (The usual word tricks; a borrow can only make
 * a plain word look special, never the other way.) */
static bool
word_is_plain(const char *p)
{
	const uint64_t ones = 0x0101010101010101u;
	uint64_t w, quote, backslash;

	memcpy(&w, p, 8);
	quote = w ^ ones * '"';
	backslash = w ^ ones * '\\';
	return ((w | (w - ones * 0x20) | (quote - ones) |
	    (backslash - ones)) & ones * 0x80) == 0;
}

static int
hex4(const char *p, const char *end)
{
	int value = 0;

	if (end - p < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		int digit = ascii_hex(p[i]);

		if (digit < 0)
			return -1;
		value = value << 4 | digit;
	}
	return value;
}

/* RFC 8259, 7 lets half a surrogate pair pass; as no UTF-8 can carry it, it
 * is refused here. */
static int
check_escape(struct check *c)
{
	int unit;

	c->p++;
	if (c->p == c->end)
		return fail(c, "a string that does not end");
	if (*c->p != 'u') {
		if (*c->p == '\0' || strchr("\"\\/bfnrt", *c->p) == NULL)
			return fail(c, "an unknown escape");
		c->p++;
		return 0;
	}
	unit = hex4(c->p + 1, c->end);
	if (unit < 0)
		return fail(c, "an unknown escape");
	if (unit >= 0xd800 && unit < 0xe000) {
		int low = -1;

		if (c->end - c->p >= 11 && c->p[5] == '\\' && c->p[6] == 'u')
			low = hex4(c->p + 7, c->end);
		if (unit >= 0xdc00 || low < 0xdc00 || low > 0xdfff)
			return fail(c, "half a surrogate pair");
		c->p += 6;
	}
	c->p += 5;
	return 0;
}

/* p stands behind the opening quote and is left behind the closing one. */
static int
check_string(struct check *c, struct slice *raw, bool *has_escape)
{
	const char *from = c->p;

	*has_escape = false;
	for (;;) {
		while (c->end - c->p >= 8 && word_is_plain(c->p))
			c->p += 8;
		if (c->p == c->end)
			return fail(c, "a string that does not end");
		if (*c->p == '"')
			break;
		if (*c->p == '\\') {
			*has_escape = true;
			if (check_escape(c) < 0)
				return -1;
		} else if ((unsigned char)*c->p < 0x20) {
			return fail(c, "a control character in a string");
		} else if ((unsigned char)*c->p < 0x80) {
			c->p++;
		} else {
			size_t n = utf8_length(
			    slice_of(c->p, (size_t)(c->end - c->p)));

			if (n == 0)
				return fail(c, "no UTF-8");
			c->p += n;
		}
	}
	*raw = slice_of(from, (size_t)(c->p - from));
	c->p++;
	return 0;
}

static size_t
skip_digits(struct check *c)
{
	const char *from = c->p;

	while (c->p < c->end && ascii_is_digit(*c->p))
		c->p++;
	return (size_t)(c->p - from);
}

static int
check_integer(struct check *c, const char *from, size_t n)
{
	uint64_t value = 0;

	for (size_t i = 0; i < n && i < 17; i++)
		value = value * 10 + (uint64_t)(from[i] - '0');
	if (n > 16 || value > INTEGER_MAX)
		return fail(c, "an integer over 2^53");
	return 0;
}

static int
check_number(struct check *c)
{
	const char *from;
	size_t n;
	bool integer = true;

	next_is(c, '-');
	from = c->p;
	n = skip_digits(c);
	if (n == 0 || (n > 1 && *from == '0'))
		return fail(c, "no number");
	if (next_is(c, '.')) {
		integer = false;
		if (skip_digits(c) == 0)
			return fail(c, "no number");
	}
	if (next_is(c, 'e') || next_is(c, 'E')) {
		integer = false;
		if (!next_is(c, '+'))
			next_is(c, '-');
		if (skip_digits(c) == 0)
			return fail(c, "no number");
	}
	return integer ? check_integer(c, from, n) : 0;
}

static int
check_literal(struct check *c, const char *literal)
{
	size_t n = strlen(literal);

	if ((size_t)(c->end - c->p) < n || memcmp(c->p, literal, n) != 0)
		return fail(c, "no value");
	c->p += n;
	return 0;
}

static void
add_name(struct check *c, struct slice name)
{
	if (c->names_n == c->names_capacity) {
		bool first = c->names == c->names_first;

		c->names_capacity *= 2;
		c->names = mem_array(first ? NULL : c->names,
		    c->names_capacity, sizeof(*c->names));
		if (first)
			memcpy(c->names, c->names_first,
			    sizeof(c->names_first));
	}
	c->names[c->names_n++] = name;
}

static int
check_name(struct check *c)
{
	struct slice raw, quoted;
	bool has_escape;
	size_t from;

	skip_space(c);
	if (!next_is(c, '"'))
		return fail(c, "no name");
	if (check_string(c, &raw, &has_escape) < 0)
		return -1;
	if (has_escape) {
		/* unescaped is never longer than raw: no room runs out */
		if (c->unescaped.p == NULL)
			buf_reserve(&c->unescaped, (size_t)(c->end - raw.p));
		from = c->unescaped.n;
		quoted = slice_of(raw.p - 1, raw.n + 2);
		json_string(quoted, &c->unescaped);
		raw = slice_of(c->unescaped.p + from, c->unescaped.n - from);
	}
	add_name(c, raw);
	skip_space(c);
	if (!next_is(c, ':'))
		return fail(c, "no colon behind a name");
	return 0;
}

/* Length first: long common beginnings then cost least. */
static int
compare_names(const void *a, const void *b)
{
	const struct slice *x = a, *y = b;

	if (x->n != y->n)
		return x->n < y->n ? -1 : 1;
	return x->n == 0 ? 0 : memcmp(x->p, y->p, x->n);
}

static int
check_names(struct check *c, size_t from)
{
	struct slice *names = c->names + from;
	size_t n = c->names_n - from;

	c->names_n = from;
	if (n > NAMES_PAIRWISE)
		qsort(names, n, sizeof(*names), compare_names);
	for (size_t i = 1; i < n; i++) {
		size_t j = n > NAMES_PAIRWISE ? i - 1 : 0;

		for (; j < i; j++)
			if (compare_names(&names[i], &names[j]) == 0)
				return fail(c, "the same name twice");
	}
	return 0;
}

static int
open_container(struct check *c, bool is_object)
{
	if (c->depth == JSON_DEPTH_MAX)
		return fail(c, "nested too deep");
	c->open[c->depth].is_object = is_object;
	c->open[c->depth].names_from = c->names_n;
	c->depth++;
	return 0;
}

static int
close_container(struct check *c)
{
	c->depth--;
	return c->open[c->depth].is_object
	    ? check_names(c, c->open[c->depth].names_from)
	    : 0;
}

/* A value that is no container, or the opening of one.  1: another value
 * follows (the first of the container), 0: the value is whole. */
static int
check_value(struct check *c)
{
	struct slice raw;
	bool has_escape;

	skip_space(c);
	if (c->p == c->end)
		return fail(c, "it ends too early");
	switch (*c->p) {
	case '{':
		c->p++;
		if (open_container(c, true) < 0)
			return -1;
		skip_space(c);
		if (next_is(c, '}'))
			return close_container(c);
		return check_name(c) < 0 ? -1 : 1;
	case '[':
		c->p++;
		if (open_container(c, false) < 0)
			return -1;
		skip_space(c);
		return next_is(c, ']') ? close_container(c) : 1;
	case '"':
		c->p++;
		return check_string(c, &raw, &has_escape);
	case 't':
		return check_literal(c, "true");
	case 'f':
		return check_literal(c, "false");
	case 'n':
		return check_literal(c, "null");
	default:
		return check_number(c);
	}
}

/* Behind a value: closes what closes.  1: another value follows. */
static int
check_behind(struct check *c)
{
	while (c->depth > 0) {
		bool is_object = c->open[c->depth - 1].is_object;

		skip_space(c);
		if (next_is(c, ','))
			return is_object && check_name(c) < 0 ? -1 : 1;
		if (!next_is(c, is_object ? '}' : ']'))
			return fail(c, "neither a comma nor an end");
		if (close_container(c) < 0)
			return -1;
	}
	skip_space(c);
	return c->p == c->end ? 0 : fail(c, "something behind the value");
}

int
json_check(struct slice text, struct err *err)
{
	struct check c = {.p = text.p, .end = text.p + text.n,
	    .names_capacity = NAMES_FIRST, .unescaped = BUF_INIT};
	int more;

	if (text.n == 0)
		return err_set(err, ERR_MESSAGE, "no JSON: it is empty");
	c.names = c.names_first;
	do {
		more = check_value(&c);
		if (more == 0)
			more = check_behind(&c);
	} while (more > 0);
	if (c.names != c.names_first)
		free(c.names);
	buf_free(&c.unescaped);
	if (more < 0)
		return err_set(err, ERR_MESSAGE, "no JSON: %s at octet %zu",
		    c.fault, (size_t)(c.p - text.p));
	return 0;
}
