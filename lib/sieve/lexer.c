/* SPDX-License-Identifier: ISC */
/* Scripts come from users: every octet is looked at, none is trusted.  In
 * strings and comments any but NUL may stand (RFC 5228, 2.4.2). */
#include "lexer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

unsigned
lexer_line(struct slice script, size_t at, unsigned *column)
{
	unsigned line = 1;
	size_t start = 0;

	if (at > script.n)
		at = script.n;
	for (size_t i = 0; i < at; i++)
		if (script.p[i] == '\n') {
			line++;
			start = i + 1;
		}
	*column = 1;
	for (size_t i = start; i < at; i++)
		if (((unsigned char)script.p[i] & 0xc0) != 0x80)
			++*column;
	return line;
}

int
lexer_fail(const struct lexer *l, size_t at, const char *format, ...)
{
	char text[384];
	unsigned column, line = lexer_line(l->script, at, &column);
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return err_set(l->err, ERR_CONFIG, "%s:%u:%u: %s", l->name, line,
	    column, text);
}

int
lexer_start(struct lexer *l, const char *name, struct slice script,
    struct arena *arena, struct err *err)
{
	*l = (struct lexer){name, script, 0, arena, err};
	if (script.n > SIEVE_SCRIPT_MAX)
		return lexer_fail(l, 0, "the script is larger than %zu octets",
		    SIEVE_SCRIPT_MAX);
	if (script.n > 0 && memchr(script.p, '\0', script.n) != NULL)
		return lexer_fail(l, slice_find(script, '\0'),
		    "a NUL within the script");
	if (slice_starts(script, "\xef\xbb\xbf")) /* some editors' mark */
		l->at = 3;
	return 0;
}

static char
peek(const struct lexer *l, size_t ahead)
{
	return l->at + ahead < l->script.n ? l->script.p[l->at + ahead] : '\0';
}

static int
skip_comment(struct lexer *l)
{
	struct slice rest = slice_part(l->script, l->at + 2, l->script.n);
	size_t end = slice_find_text(rest, SLICE("*/"));

	if (end == rest.n)
		return lexer_fail(l, l->at, "the comment that begins here is "
		    "not closed by '*/'");
	l->at += 2 + end + 2;
	return 0;
}

static void
skip_line(struct lexer *l)
{
	while (l->at < l->script.n && l->script.p[l->at] != '\n')
		l->at++;
}

static int
skip_blanks(struct lexer *l)
{
	while (l->at < l->script.n) {
		char c = peek(l, 0);

		if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
			l->at++;
		else if (c == '#')
			skip_line(l);
		else if (c == '/' && peek(l, 1) == '*') {
			if (skip_comment(l) < 0)
				return -1;
		} else
			break;
	}
	return 0;
}

/* Lines of a string end in CRLF, as those of messages do, however the file
 * ends its own (RFC 5228, 2.4.2 and 8.1). */
static void
end_lines(const struct lexer *l, struct token *t)
{
	struct slice s = t->text;
	size_t bare = 0, n = 0;
	char *out;

	for (size_t i = 0; i < s.n; i++)
		bare += s.p[i] == '\n' && (i == 0 || s.p[i - 1] != '\r');
	if (bare == 0)
		return;
	out = arena_take(l->arena, s.n + bare);
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\n' && (i == 0 || s.p[i - 1] != '\r'))
			out[n++] = '\r';
		out[n++] = s.p[i];
	}
	t->text = slice_of(out, n);
}

static int
finish_string(const struct lexer *l, struct token *t)
{
	end_lines(l, t);
	if (t->text.n <= SIEVE_STRING_MAX)
		return 0;
	return lexer_fail(l, t->from, "a string longer than %zu octets",
	    SIEVE_STRING_MAX);
}

static int
read_quoted(struct lexer *l, struct token *t)
{
	struct slice raw;
	size_t end = l->at + 1, escapes = 0, n = 0;
	char *out;

	while (end < l->script.n && l->script.p[end] != '"') {
		if (l->script.p[end] == '\\') {
			escapes++;
			end++;
		}
		end++;
	}
	if (end >= l->script.n)
		return lexer_fail(l, l->at, "the string that begins here is "
		    "not closed by '\"'");
	raw = slice_part(l->script, l->at + 1, end);
	t->kind = TOKEN_STRING;
	t->text = raw;
	l->at = end + 1;
	if (escapes > 0) {
		out = arena_take(l->arena, raw.n + 1);
		for (size_t i = 0; i < raw.n; i++) {
			if (raw.p[i] == '\\')
				i++;
			out[n++] = raw.p[i];
		}
		t->text = slice_of(out, n);
	}
	return finish_string(l, t);
}

/* RFC 5228, 2.4.2: `text:', to a line that is `.'; two dots at the head of a
 * line stand for one, a single one for itself. */
static int
read_multiline(struct lexer *l, struct token *t)
{
	struct slice rest, line;
	char *out;
	size_t n = 0;

	l->at += 5;
	while (ascii_is_space(peek(l, 0)))
		l->at++;
	if (peek(l, 0) == '#')
		skip_line(l);
	if (peek(l, 0) == '\r')
		l->at++;
	if (peek(l, 0) != '\n')
		return lexer_fail(l, l->at,
		    "expected the end of the line behind 'text:'");
	l->at++;
	rest = slice_part(l->script, l->at, l->script.n);
	out = arena_take(l->arena, rest.n + 1);
	while (rest.p != NULL) {
		const char *start = rest.p;

		line = slice_line(&rest);
		if (slice_is(line, ".")) {
			t->kind = TOKEN_STRING;
			t->text = slice_of(out, n);
			l->at = (size_t)(line.p + 1 - l->script.p);
			return finish_string(l, t);
		}
		if (rest.p == NULL)
			break;
		if (slice_starts(line, ".."))
			start++;
		memcpy(out + n, start, (size_t)(rest.p - start));
		n += (size_t)(rest.p - start);
	}
	return lexer_fail(l, t->from, "the text that begins here is not ended "
	    "by a line with a single '.'");
}

static struct slice
read_name(struct lexer *l)
{
	size_t start = l->at;

	while (ascii_is_alnum(peek(l, 0)) || peek(l, 0) == '_')
		l->at++;
	return slice_part(l->script, start, l->at);
}

static int
read_number(struct lexer *l, struct token *t)
{
	int64_t value = 0;
	int shift = 0;
	char unit;

	t->kind = TOKEN_NUMBER;
	while (ascii_is_digit(peek(l, 0))) {
		if (value > (INT64_C(1) << 53))
			return lexer_fail(l, t->from, "a number over 2^53");
		value = value * 10 + (peek(l, 0) - '0');
		l->at++;
	}
	unit = ascii_lower(peek(l, 0));
	if (unit == 'k' || unit == 'm' || unit == 'g') {
		shift = unit == 'k' ? 10 : unit == 'm' ? 20 : 30;
		l->at++;
	}
	if (ascii_is_alnum(peek(l, 0)))
		return lexer_fail(l, l->at, "'%c' behind a number; it may end "
		    "in K, M or G", peek(l, 0));
	if (value > (INT64_C(1) << 53) >> shift)
		return lexer_fail(l, t->from, "a number over 2^53");
	t->number = value * (INT64_C(1) << shift);
	return 0;
}

static int
read_word(struct lexer *l, struct token *t)
{
	if (peek(l, 0) == ':') {
		l->at++;
		t->kind = TOKEN_TAG;
		t->text = read_name(l);
		if (t->text.n > 0)
			return 0;
		return lexer_fail(l, t->from, "expected a name behind ':'");
	}
	t->kind = TOKEN_IDENTIFIER;
	t->text = read_name(l);
	if (slice_case_is(t->text, "text") && peek(l, 0) == ':') {
		l->at = t->from;
		return read_multiline(l, t);
	}
	return 0;
}

static int
read_token(struct lexer *l, struct token *t)
{
	char c = peek(l, 0);

	if (c == '"')
		return read_quoted(l, t);
	if (ascii_is_digit(c))
		return read_number(l, t);
	if (ascii_is_alpha(c) || c == '_' || c == ':')
		return read_word(l, t);
	if (strchr("[](){},;", c) != NULL) {
		t->kind = TOKEN_MARK;
		t->mark = c;
		l->at++;
		return 0;
	}
	if (c == '\'')
		return lexer_fail(l, l->at, "strings stand within \"\", not "
		    "within ''");
	if (utf8_length(slice_part(l->script, l->at, l->script.n)) == 0)
		return lexer_fail(l, l->at, "the octet 0x%02x does not belong "
		    "here", (unsigned)(unsigned char)c);
	return lexer_fail(l, l->at, "'%.*s' does not belong here",
	    (int)utf8_length(slice_part(l->script, l->at, l->script.n)),
	    l->script.p + l->at);
}

int
lexer_next(struct lexer *l, struct token *t)
{
	int result = 0;

	memset(t, 0, sizeof(*t));
	if (skip_blanks(l) < 0)
		return -1;
	t->from = l->at;
	if (l->at < l->script.n)
		result = read_token(l, t);
	t->to = l->at;
	return result;
}

const char *
token_text(const struct token *t, char *out)
{
	static const char *const names[] = {"the end of the script", NULL,
	    NULL, "a number", "a string", NULL};

	if (t->kind == TOKEN_MARK)
		snprintf(out, TOKEN_TEXT_SIZE, "'%c'", t->mark);
	else if (names[t->kind] != NULL)
		snprintf(out, TOKEN_TEXT_SIZE, "%s", names[t->kind]);
	else
		snprintf(out, TOKEN_TEXT_SIZE, "'%s%.*s'",
		    t->kind == TOKEN_TAG ? ":" : "",
		    t->text.n > 40 ? 40 : (int)t->text.n, t->text.p);
	return out;
}
