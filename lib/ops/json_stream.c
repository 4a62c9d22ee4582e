/* SPDX-License-Identifier: ISC */
/* A pull parser for long JSON. */
#include "ops/json_stream.h"

#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/mem.h"

#define PIECE ((size_t)256 << 10)

void
json_stream_open(struct json_stream *s, int fd, const char *name)
{
	memset(s, 0, sizeof(*s));
	s->fd = fd;
	s->name = name;
	s->octets = mem_alloc(PIECE);
}

void
json_stream_close(struct json_stream *s)
{
	free(s->octets);
	s->octets = NULL;
}

/* 1 there are octets at .at; 0 end of file; -1. */
static int
refill(struct json_stream *s, struct err *err)
{
	ssize_t n;

	if (s->at < s->n)
		return 1;
	n = io_read(s->fd, s->octets, PIECE);
	if (n < 0)
		return err_errno(err, "cannot read '%s'", s->name);
	s->at = 0;
	s->n = (size_t)n;
	return n > 0;
}

static enum json_token
fault(const struct json_stream *s, const char *why, struct err *err)
{
	err_set(err, ERR_CONFIG, "'%s' is no JSON: %s", s->name, why);
	return JSON_TOKEN_FAULT;
}

static void
keep(struct json_stream *s, const char *p, size_t n)
{
	size_t room = JSON_STREAM_TEXT - s->text_n;

	if (n > room)
		n = room;
	memcpy(s->text + s->text_n, p, n);
	s->text_n += n;
	s->text[s->text_n] = '\0';
}

/* Behind its quote. */
static enum json_token
read_string(struct json_stream *s, struct err *err)
{
	bool escaped = false;
	int more;

	s->text_n = 0;
	s->text[0] = '\0';
	while ((more = refill(s, err)) > 0) {
		size_t from = s->at;

		while (s->at < s->n) {
			char c = s->octets[s->at++];

			if (escaped)
				escaped = false;
			else if (c == '\\')
				escaped = true;
			else if (c == '"') {
				keep(s, s->octets + from, s->at - 1 - from);
				return JSON_TOKEN_STRING;
			}
		}
		keep(s, s->octets + from, s->at - from);
	}
	return more < 0 ? JSON_TOKEN_FAULT
			: fault(s, "it ends in a string", err);
}

static bool
is_word(char c)
{
	return ascii_is_alnum(c) || c == '-' || c == '+' || c == '.';
}

static enum json_token
read_word(struct json_stream *s, struct err *err)
{
	int more;

	s->text_n = 0;
	while ((more = refill(s, err)) > 0 && is_word(s->octets[s->at]))
		keep(s, &s->octets[s->at++], 1);
	return more < 0 ? JSON_TOKEN_FAULT : JSON_TOKEN_WORD;
}

static enum json_token
open_or_close(struct json_stream *s, char c, struct err *err)
{
	bool array = c == '[' || c == ']';

	if (c == '{' || c == '[') {
		if (s->depth == JSON_STREAM_DEPTH)
			return fault(s, "it is nested too deep", err);
		s->in_array[s->depth++] = array;
		return array ? JSON_TOKEN_OPEN_ARRAY : JSON_TOKEN_OPEN_OBJECT;
	}
	if (s->depth == 0 || s->in_array[s->depth - 1] != array)
		return fault(s, "a bracket closes what is not open", err);
	s->depth--;
	return array ? JSON_TOKEN_CLOSE_ARRAY : JSON_TOKEN_CLOSE_OBJECT;
}

enum json_token
json_stream_next(struct json_stream *s, struct err *err)
{
	int more;

	while ((more = refill(s, err)) > 0) {
		char c = s->octets[s->at];

		if (ascii_is_space(c) || c == '\n' || c == '\r' || c == ',' ||
		    c == ':') {
			s->at++;
			continue;
		}
		s->was_any = true;
		if (is_word(c))
			return read_word(s, err);
		s->at++;
		if (c == '"')
			return read_string(s, err);
		if (c != '\0' && strchr("{}[]", c) != NULL)
			return open_or_close(s, c, err);
		return fault(s, "an octet that has no place there", err);
	}
	if (more < 0)
		return JSON_TOKEN_FAULT;
	if (s->depth > 0 || !s->was_any)
		return fault(s, "it ends too early", err);
	return JSON_TOKEN_END;
}

int
json_stream_skip(
    struct json_stream *s, enum json_token first, struct err *err)
{
	unsigned depth = s->depth;

	if (first == JSON_TOKEN_FAULT)
		return -1;
	if (first != JSON_TOKEN_OPEN_OBJECT && first != JSON_TOKEN_OPEN_ARRAY)
		return 0;
	while (s->depth >= depth) {
		enum json_token token = json_stream_next(s, err);

		if (token == JSON_TOKEN_FAULT)
			return -1;
		if (token == JSON_TOKEN_END) {
			fault(s, "it ends too early", err);
			return -1;
		}
	}
	return 0;
}
