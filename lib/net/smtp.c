/* SPDX-License-Identifier: ISC */
/*
 * SMTP commands and replies as text.  Lines come from strangers; their length
 * is bounded by the reader, and every function here is one pass over them.
 */
#include "smtp.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"

static const struct {
	const char *name;
	enum smtp_verb verb;
} verbs[] = {
    {"MAIL", SMTP_MAIL}, {"RCPT", SMTP_RCPT}, {"DATA", SMTP_DATA},
    {"BDAT", SMTP_BDAT}, {"EHLO", SMTP_EHLO}, {"HELO", SMTP_HELO},
    {"LHLO", SMTP_LHLO}, {"RSET", SMTP_RSET}, {"NOOP", SMTP_NOOP},
    {"QUIT", SMTP_QUIT}, {"VRFY", SMTP_VRFY}, {"EXPN", SMTP_EXPN},
    {"HELP", SMTP_HELP}, {"STARTTLS", SMTP_STARTTLS}, {"AUTH", SMTP_AUTH},
    {"XCLIENT", SMTP_XCLIENT}, {"XFORWARD", SMTP_XFORWARD}};

static bool
has_control(struct slice line)
{
	for (size_t i = 0; i < line.n; i++) {
		unsigned char c = (unsigned char)line.p[i];

		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return true;
	}
	return false;
}

void
smtp_command_parse(struct slice line, struct smtp_command *command)
{
	size_t end = 0;
	struct slice verb;

	command->verb = SMTP_UNKNOWN;
	command->argument = slice_part(line, line.n, line.n);
	if (has_control(line))
		return;
	while (end < line.n && !ascii_is_space(line.p[end]))
		end++;
	verb = slice_part(line, 0, end);
	command->argument = slice_trim(slice_part(line, end, line.n));
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (slice_case_is(verb, verbs[i].name))
			command->verb = verbs[i].verb;
}

/* Where the path at the start of the text ends: behind its `>', or before the
 * first blank where it has no brackets.  0 if it does not end. */
static size_t
path_length(struct slice text)
{
	bool bracket = text.n > 0 && text.p[0] == '<';
	bool quoted = false;

	for (size_t i = bracket; i < text.n; i++) {
		char c = text.p[i];

		if (quoted && c == '\\')
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (!quoted && bracket && c == '>')
			return i + 1;
		else if (!quoted && !bracket && ascii_is_space(c))
			return i;
	}
	return bracket || quoted ? 0 : text.n;
}

int
smtp_path_split(struct slice argument, const char *keyword,
    struct slice *path, struct slice *parameters)
{
	struct slice rest;
	size_t length;

	if (!slice_case_starts(argument, keyword))
		return -1;
	rest = slice_trim(slice_part(argument, strlen(keyword), argument.n));
	length = path_length(rest);
	if (length == 0)
		return -1;
	*path = slice_part(rest, 0, length);
	*parameters = slice_part(rest, length, rest.n);
	if (parameters->n > 0 && !ascii_is_space(parameters->p[0]))
		return -1;
	return 0;
}

static bool
is_keyword(struct slice name)
{
	if (name.n == 0 || !ascii_is_alnum(name.p[0]))
		return false;
	for (size_t i = 1; i < name.n; i++)
		if (!ascii_is_alnum(name.p[i]) && name.p[i] != '-')
			return false;
	return true;
}

int
smtp_parameter_next(
    struct slice *parameters, struct slice *name, struct slice *value)
{
	struct slice rest = slice_trim(*parameters), word;
	size_t end = 0, equals;

	if (rest.n == 0)
		return 0;
	while (end < rest.n && !ascii_is_space(rest.p[end]))
		end++;
	word = slice_part(rest, 0, end);
	*parameters = slice_part(rest, end, rest.n);
	equals = slice_find(word, '=');
	*name = slice_part(word, 0, equals);
	*value = equals < word.n ? slice_part(word, equals + 1, word.n)
				 : SLICE_NONE;
	if (!is_keyword(*name) || (value->p != NULL && value->n == 0))
		return -1;
	return 1;
}

int
smtp_xtext_decode(struct slice text, struct buf *out)
{
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c < '!' || c > '~' || c == '=')
			return -1;
		if (c == '+') {
			int high, low;

			if (text.n - i < 3)
				return -1;
			high = ascii_hex(text.p[i + 1]);
			low = ascii_hex(text.p[i + 2]);
			if (high < 0 || low < 0)
				return -1;
			c = (unsigned char)(high << 4 | low);
			i += 2;
		}
		if (buf_append_char(out, (char)c) < 0)
			return -1;
	}
	return 0;
}

int
smtp_chunk_parse(struct slice argument, int64_t *size, bool *last)
{
	struct slice rest = argument;
	struct slice digits = slice_cut(&rest, ' ');

	*last = false;
	if (rest.p != NULL) {
		if (!slice_case_is(slice_trim(rest), "LAST"))
			return -1;
		*last = true;
	}
	/* 20 digits at most (RFC 3030, 2), and no sign */
	if (digits.n == 0 || !ascii_is_digit(digits.p[0]))
		return -1;
	return number_parse(digits, 0, INT64_MAX, size);
}

bool
smtp_helo_is_valid(struct slice name)
{
	if (name.n == 0 || name.n > 255)
		return false;
	for (size_t i = 0; i < name.n; i++) {
		unsigned char c = (unsigned char)name.p[i];

		if (c <= ' ' || c == 0x7f || strchr("()<>\"\\;,", c) != NULL)
			return false;
	}
	return true;
}

static void
clean_text(char *text)
{
	for (; *text != '\0'; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}

static void
reply_fill(struct smtp_reply *reply, int code, const char *enhanced,
    const char *format, va_list args)
{
	reply->code = code;
	snprintf(reply->enhanced, sizeof(reply->enhanced), "%s", enhanced);
	clean_text(reply->enhanced);
	vsnprintf(reply->text, sizeof(reply->text), format, args);
	clean_text(reply->text);
}

void
smtp_reply_set(struct smtp_reply *reply, int code, const char *enhanced,
    const char *format, ...)
{
	va_list args;

	va_start(args, format);
	reply_fill(reply, code, enhanced, format, args);
	va_end(args);
}

void
smtp_reply_put(const struct smtp_reply *reply, struct buf *out)
{
	char code[4] = {(char)('0' + reply->code / 100 % 10),
	    (char)('0' + reply->code / 10 % 10),
	    (char)('0' + reply->code % 10), ' '};

	buf_append(out, code, sizeof(code));
	if (reply->enhanced[0] != '\0') {
		buf_append_text(out, reply->enhanced);
		buf_append_char(out, ' ');
	}
	buf_append_text(out, reply->text);
	buf_append(out, "\r\n", 2);
}

void
smtp_answer(struct buf *out, int code, const char *enhanced,
    const char *format, ...)
{
	struct smtp_reply reply;
	va_list args;

	va_start(args, format);
	reply_fill(&reply, code, enhanced, format, args);
	va_end(args);
	smtp_reply_put(&reply, out);
}
