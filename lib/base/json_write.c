/* SPDX-License-Identifier: ISC */
/*
 * Writing JSON into a buffer.  Texts may hold anything: what is no UTF-8
 * becomes U+FFFD, so that whatever is written passes json_check.
 */
#include "json.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "utf8.h"

static void
put(struct json_writer *w, const char *p, size_t n)
{
	if (!w->failed && buf_append(w->out, p, n) < 0)
		w->failed = true;
}

static void
put_text(struct json_writer *w, const char *text)
{
	put(w, text, strlen(text));
}

static void
put_char(struct json_writer *w, char c)
{
	if (!w->failed && buf_append_char(w->out, c) < 0)
		w->failed = true;
}

static bool
is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

static void
put_character(struct json_writer *w, char c)
{
	static const char special[] = "\"\\\n\r\t", letters[] = "\"\\nrt";
	const char *at = c == '\0' ? NULL : strchr(special, c);
	char escape[8];

	if (at != NULL)
		snprintf(escape, sizeof(escape), "\\%c", letters[at - special]);
	else
		snprintf(escape, sizeof(escape), "\\u%04x", (unsigned char)c);
	put_text(w, escape);
}

static void
put_quoted(struct json_writer *w, struct slice text)
{
	size_t at = 0;

	put_char(w, '"');
	while (at < text.n && !w->failed) {
		size_t from = at, n;

		while (at < text.n) {
			n = is_plain((unsigned char)text.p[at]) ? 1
			    : (unsigned char)text.p[at] < 0x80
			    ? 0
			    : utf8_length(slice_part(text, at, text.n));
			if (n == 0)
				break;
			at += n;
		}
		put(w, text.p + from, at - from);
		if (at == text.n)
			break;
		if ((unsigned char)text.p[at] < 0x80)
			put_character(w, text.p[at]);
		else
			put_text(w, "\xef\xbf\xbd");
		at++;
	}
	put_char(w, '"');
}

/* Comma and name before a value. */
static void
begin_value(struct json_writer *w, const char *name)
{
	if (w->comma)
		put_char(w, ',');
	w->comma = true;
	if (name != NULL) {
		put_quoted(w, slice_text(name));
		put_char(w, ':');
	}
}

static void
open_container(struct json_writer *w, const char *name, char bracket)
{
	begin_value(w, name);
	put_char(w, bracket);
	w->comma = false;
	if (++w->depth > JSON_DEPTH_MAX)
		w->failed = true;
}

static void
close_container(struct json_writer *w, char bracket)
{
	put_char(w, bracket);
	w->comma = true;
	if (w->depth-- == 0)
		w->failed = true;
}

void
json_open_object(struct json_writer *w, const char *name)
{
	open_container(w, name, '{');
}

void
json_close_object(struct json_writer *w)
{
	close_container(w, '}');
}

void
json_open_array(struct json_writer *w, const char *name)
{
	open_container(w, name, '[');
}

void
json_close_array(struct json_writer *w)
{
	close_container(w, ']');
}

void
json_put_slice(struct json_writer *w, const char *name, struct slice text)
{
	begin_value(w, name);
	put_quoted(w, text);
}

void
json_put_text(struct json_writer *w, const char *name, const char *text)
{
	json_put_slice(w, name, slice_text(text));
}

void
json_put_texts(
    struct json_writer *w, const char *name, char *const *items, size_t n)
{
	json_open_array(w, name);
	for (size_t i = 0; i < n; i++)
		json_put_text(w, NULL, items[i]);
	json_close_array(w);
}

void
json_put_integer(struct json_writer *w, const char *name, int64_t value)
{
	uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
	char digits[24], *end = digits + sizeof(digits), *at = end;

	do
		*--at = (char)('0' + rest % 10);
	while ((rest /= 10) > 0);
	if (value < 0)
		*--at = '-';
	begin_value(w, name);
	put(w, at, (size_t)(end - at));
}

void
json_put_real(
    struct json_writer *w, const char *name, double value, int decimals)
{
	char digits[64];
	size_t n;

	if (!isfinite(value)) {
		json_put_null(w, name);
		return;
	}
	/* without an exponent it would be an integer over 2^53 to a reader */
	if (fabs(value) > 9007199254740992.0)
		snprintf(digits, sizeof(digits), "%.16e", value);
	else
		snprintf(digits, sizeof(digits), "%.*f",
		    decimals > 17 ? 17 : decimals, value);
	n = strlen(digits);
	if (strchr(digits, '.') != NULL && strchr(digits, 'e') == NULL) {
		while (digits[n - 1] == '0')
			n--;
		if (digits[n - 1] == '.')
			n--;
	}
	begin_value(w, name);
	put(w, digits, n);
}

void
json_put_bool(struct json_writer *w, const char *name, bool value)
{
	begin_value(w, name);
	put_text(w, value ? "true" : "false");
}

void
json_put_null(struct json_writer *w, const char *name)
{
	begin_value(w, name);
	put_text(w, "null");
}

void
json_put_raw(struct json_writer *w, const char *name, struct slice value)
{
	begin_value(w, name);
	put(w, value.p, value.n);
}
