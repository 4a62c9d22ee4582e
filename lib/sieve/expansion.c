/* SPDX-License-Identifier: ISC */
/* Done once, when a script is read; nothing is searched for when it runs. */
#include "expansion.h"

#include <string.h>

#include "base/number.h"
#include "base/utf8.h"

#define PIECES_MAX 1000

static bool
is_name(struct slice s)
{
	if (s.n == 0 || s.n > 64 || ascii_is_digit(s.p[0]))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_is_alnum(s.p[i]) && s.p[i] != '_')
			return false;
	return true;
}

bool
variable_name_is_valid(struct slice name)
{
	if (slice_case_starts(name, "global."))
		name = slice_part(name, 7, name.n);
	return is_name(name);
}

/* ---- encoded characters ---- */

static int
append_hex(struct slice digits, bool unicode, struct buf *out)
{
	uint32_t code = 0;

	if (!unicode && digits.n > 2)
		return -1;
	for (size_t i = 0; i < digits.n; i++) {
		code = code << 4 | (uint32_t)ascii_hex(digits.p[i]);
		if (code > 0x10ffff)
			return -2;
	}
	if (!unicode)
		return buf_append_char(out, (char)code);
	if (code >= 0xd800 && code < 0xe000)
		return -2;
	return utf8_append(out, code);
}

/* The numbers of ${hex:...}; -1: these are none, -2: no such character. */
static int
append_encoded(struct slice inside, bool unicode, struct buf *out)
{
	size_t before = out->n;

	for (size_t i = 0; i < inside.n;) {
		size_t end = i;
		int got;

		while (end < inside.n && ascii_hex(inside.p[end]) >= 0)
			end++;
		if (end == i) {
			i++;
			continue;
		}
		got = append_hex(slice_part(inside, i, end), unicode, out);
		if (got < 0) {
			buf_truncate(out, before);
			return got;
		}
		i = end;
	}
	return out->n > before ? 0 : -1;
}

/* What text begins with, and its length in *n; as append_encoded. */
static int
append_character(struct slice text, size_t *n, struct buf *out)
{
	bool unicode = slice_case_starts(text, "${unicode:");
	size_t from = unicode ? 10 : 6, end;

	if (!unicode && !slice_case_starts(text, "${hex:"))
		return -1;
	for (end = from; end < text.n; end++) {
		char c = text.p[end];

		if (ascii_hex(c) < 0 && !ascii_is_space(c) && c != '\r' &&
		    c != '\n')
			break;
	}
	*n = end + 1;
	return end == text.n || text.p[end] != '}' ? -1 :
	    append_encoded(slice_part(text, from, end), unicode, out);
}

static int
decode_characters(struct slice text, struct buf *out, struct err *err)
{
	while (text.n > 0) {
		size_t at = slice_find_text(text, SLICE("${")), n = 0;
		int got;

		buf_append_slice(out, slice_part(text, 0, at));
		text = slice_part(text, at, text.n);
		if (text.n == 0)
			break;
		got = append_character(text, &n, out);
		if (got == -2)
			return err_set(err, ERR_CONFIG, "'%.*s' is no "
			    "character of Unicode", (int)n, text.p);
		if (got < 0) {
			buf_append_text(out, "${");
			n = 2;
		}
		text = slice_part(text, n, text.n);
	}
	return 0;
}

/* ---- variables ---- */

static bool
is_digits(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_is_digit(s.p[i]))
			return false;
	return s.n > 0;
}

/* [identifier "." *(variable-name ".")] variable-name, of any length */
static bool
is_reference(struct slice inside)
{
	bool first = true, dotted = slice_find(inside, '.') < inside.n;

	if (inside.n == 0 || inside.p[inside.n - 1] == '.')
		return false;
	for (; inside.n > 0; first = false) {
		struct slice part = slice_cut(&inside, '.');

		if (part.n == 0 || (ascii_is_digit(part.p[0]) &&
		    ((first && dotted) || !is_digits(part))))
			return false;
	}
	return true;
}

static int
read_match(struct slice digits, struct sieve_piece *piece, struct err *err)
{
	int64_t number;

	while (digits.n > 1 && digits.p[0] == '0')
		digits = slice_part(digits, 1, digits.n);
	if (number_parse(digits, 0, REGEX_CAPTURES_MAX - 1, &number) < 0)
		return err_set(err, ERR_CONFIG, "'${%.*s}': matches are kept "
		    "up to ${%d}", (int)(digits.n < 80 ? digits.n : 80),
		    digits.p, REGEX_CAPTURES_MAX - 1);
	piece->match = (unsigned)number;
	return 1;
}

/* 1: a piece, 0: this is text. */
static int
read_reference(struct sieve_script *s, struct slice inside,
    struct sieve_piece *piece, struct err *err)
{
	int shown = (int)(inside.n < 80 ? inside.n : 80);

	*piece = (struct sieve_piece){SLICE_NONE, -1, 0};
	if (!is_reference(inside))
		return 0;
	if (is_digits(inside))
		return read_match(inside, piece, err);
	if (!variable_name_is_valid(inside))
		return err_set(err, ERR_CONFIG, slice_find(inside, '.') <
		    inside.n ? "there is no name space of that name: '%.*s'" :
		    "the name of a variable has 64 characters at most: '%.*s'",
		    shown, inside.p);
	if (slice_case_starts(inside, "global.") &&
	    !(s->required & EXT_BIT(EXT_INCLUDE)))
		return err_set(err, ERR_CONFIG, "'%.*s' needs: require "
		    "\"include\"", SLICE_ARG(inside));
	piece->variable = script_variable(s, inside);
	if (piece->variable >= 0)
		return 1;
	return err_set(err, ERR_CONFIG, "more than %d variables",
	    SIEVE_VARIABLES_MAX);
}

/* Up to the brace that ends a reference; the length where none does. */
static size_t
reference_end(struct slice inside)
{
	size_t end = 0;

	while (end < inside.n && (ascii_is_alnum(inside.p[end]) ||
	    inside.p[end] == '_' || inside.p[end] == '.'))
		end++;
	return end < inside.n && inside.p[end] == '}' ? end : inside.n;
}

static void
add_literal(struct sieve_piece *pieces, size_t *n, struct slice text)
{
	struct sieve_piece *last = *n > 0 ? &pieces[*n - 1] : NULL;

	if (text.n == 0)
		return;
	/* what was looked at and is no reference joins what is before it */
	if (last != NULL && last->literal.p != NULL &&
	    last->literal.p + last->literal.n == text.p)
		last->literal.n += text.n;
	else
		pieces[(*n)++] = (struct sieve_piece){text, -1, 0};
}

static int
find_variables(struct sieve_script *s, struct sieve_string *out,
    struct err *err)
{
	struct sieve_piece pieces[PIECES_MAX + 3];
	struct slice rest = out->text;
	bool any = false;
	size_t n = 0;

	while (rest.n > 0 && n < PIECES_MAX) {
		size_t at = slice_find_text(rest, SLICE("${"));
		struct slice inside = slice_part(rest, at + 2, rest.n);
		size_t end = reference_end(inside);
		int got = 0;

		add_literal(pieces, &n, slice_part(rest, 0, at));
		rest = slice_part(rest, at, rest.n);
		if (rest.n == 0)
			break;
		if (end < inside.n)
			got = read_reference(s, slice_part(inside, 0, end),
			    &pieces[n], err);
		if (got < 0)
			return -1;
		any |= got > 0;
		n += (size_t)got;
		if (got == 0)
			add_literal(pieces, &n, slice_part(rest, 0, 2));
		rest = slice_part(rest, got > 0 ? end + 3 : 2, rest.n);
	}
	if (rest.n > 0)
		return err_set(err, ERR_CONFIG, "more than %d variables in "
		    "one string", PIECES_MAX);
	if (!any)
		return 0;
	out->pieces = arena_take(&s->arena, n * sizeof(*pieces));
	memcpy(out->pieces, pieces, n * sizeof(*pieces));
	out->pieces_n = n;
	return 0;
}

int
expansion_compile(struct sieve_script *s, struct slice text,
    struct sieve_string *out, struct err *err)
{
	struct buf decoded = BUF_INIT;
	int result = 0;

	memset(out, 0, sizeof(*out));
	out->text = text;
	if (slice_find_text(text, SLICE("${")) < text.n) {
		if (s->required & EXT_BIT(EXT_ENCODED_CHARACTER)) {
			result = decode_characters(text, &decoded, err);
			out->text = arena_copy(&s->arena, buf_slice(&decoded));
		}
		if (result == 0 && s->required & EXT_BIT(EXT_VARIABLES))
			result = find_variables(s, out, err);
	}
	buf_free(&decoded);
	if (result == 0 && out->pieces_n == 0)
		out->lower = arena_lower(&s->arena, out->text);
	return result;
}
