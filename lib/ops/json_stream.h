/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_JSON_STREAM_H
#define FE_OPS_JSON_STREAM_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * JSON of any length, token by token, in little memory: for documents of
 * others that are far larger than what is wanted of them.  Not a check of the
 * whole grammar (commas and colons are passed over), but nesting is right,
 * and what is no JSON text at all is refused.
 */
enum json_token {
	JSON_TOKEN_END, /* of the text, outside of everything */
	JSON_TOKEN_OPEN_OBJECT,
	JSON_TOKEN_CLOSE_OBJECT,
	JSON_TOKEN_OPEN_ARRAY,
	JSON_TOKEN_CLOSE_ARRAY,
	JSON_TOKEN_STRING, /* a name or a value: in .text */
	JSON_TOKEN_WORD,   /* a number, true, false, null: in .text */
	JSON_TOKEN_FAULT   /* err is set */
};
#define JSON_STREAM_DEPTH 32
#define JSON_STREAM_TEXT 512 /* octets of a string that are kept */

struct json_stream {
	int fd;
	const char *name; /* subject of errors */
	char *octets;
	size_t at, n;
	char text[JSON_STREAM_TEXT + 1]; /* cut; escapes are left in it */
	size_t text_n;
	unsigned depth;
	bool in_array[JSON_STREAM_DEPTH];
	bool was_any;
};

void json_stream_open(struct json_stream *s, int fd, const char *name);
void json_stream_close(struct json_stream *s); /* fd stays the caller's */
enum json_token json_stream_next(struct json_stream *s, struct err *err);
/* Passes over the value whose first token that was; -1 and err. */
int json_stream_skip(struct json_stream *s, enum json_token first,
    struct err *err);

#endif
