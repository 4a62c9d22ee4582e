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

	if (digits.n == 0 || digits.n > (unicode ? 8 : 2))
		return -1;
	for (size_t i = 0; i < digits.n; i++) {
		if (ascii_hex(digits.p[i]) < 0)
			return -1;
		code = code << 4 | (uint32_t)ascii_hex(digits.p[i]);
	}
	if (!unicode)
		return buf_append_char(out, (char)code);
	if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return -2;
	return utf8_append(out, code);
}

/* The inside of ${hex:...}; -1: it is none, -2: no such character. */
static int
append_encoded(struct slice inside, struct buf *out)
{
	size_t before = out->n;
	bool unicode = slice_case_starts(inside, "unicode:");
	bool any = false;

	if (!unicode && !slice_case_starts(inside, "hex:"))
		return -1;
	inside = slice_part(inside, unicode ? 8 : 4, inside.n);
	for (size_t i = 0; i < inside.n;) {
		size_t end = i;
		int got;

		while (end < inside.n && ascii_hex(inside.p[end]) >= 0)
			end++;
		if (end == i) {
			char c = inside.p[i++];

			if (ascii_is_space(c) || c == '\r' || c == '\n')
				continue;
			any = false;
			break;
		}
		got = append_hex(slice_part(inside, i, end), unicode, out);
		if (got < 0) {
			buf_truncate(out, before);
			return got;
		}
		any = true;
		i = end;
	}
	if (any)
		return 0;
	buf_truncate(out, before);
	return -1;
}

static int
decode_characters(struct slice text, struct buf *out, struct err *err)
{
	while (text.n > 0) {
		size_t at = slice_find_text(text, SLICE("${"));
		size_t end;
		int got;

		buf_append_slice(out, slice_part(text, 0, at));
		text = slice_part(text, at, text.n);
		if (text.n == 0)
			break;
		end = slice_find(text, '}');
		got = end == text.n ? -1 :
		    append_encoded(slice_part(text, 2, end), out);
		if (got == -2)
			return err_set(err, ERR_CONFIG, "'%.*s' is no "
			    "character of Unicode", (int)end + 1, text.p);
		if (got < 0) {
			buf_append_text(out, "${");
			end = 1;
		}
		text = slice_part(text, end + 1, text.n);
	}
	if (!utf8_is_valid(buf_slice(out)))
		return err_set(err, ERR_CONFIG, "the characters written as "
		    "${hex:...} are not UTF-8");
	return 0;
}

/* ---- variables ---- */

/* 1: a piece, 0: this is text. */
static int
read_reference(struct sieve_script *s, struct slice inside,
    struct sieve_piece *piece, struct err *err)
{
	int64_t number;

	*piece = (struct sieve_piece){SLICE_NONE, -1, 0};
	if (inside.n > 0 && ascii_is_digit(inside.p[0])) {
		if (number_parse(inside, 0, 999, &number) < 0)
			return 0;
		piece->match = (unsigned)number;
		if (number <= 9)
			return 1;
		return err_set(err, ERR_CONFIG, "'${%.*s}': matches are kept "
		    "up to ${9}", SLICE_ARG(inside));
	}
	if (!variable_name_is_valid(inside)) {
		struct slice rest = inside;

		if (is_name(slice_cut(&rest, '.')) && rest.p != NULL &&
		    is_name(rest))
			return err_set(err, ERR_CONFIG, "there is no name "
			    "space of that name: '%.*s'", SLICE_ARG(inside));
		return 0;
	}
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
		size_t end = slice_find(inside, '}');
		int got = 0;

		add_literal(pieces, &n, slice_part(rest, 0, at));
		rest = slice_part(rest, at, rest.n);
		if (rest.n == 0)
			break;
		if (end < inside.n && end <= 80)
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
