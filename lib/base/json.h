/* SPDX-License-Identifier: ISC */
#ifndef FE_BASE_JSON_H
#define FE_BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"

/*
 * JSON of the record path: values are raw slices of the line they came in,
 * parsed on demand, so that what nobody touches is passed on octet for octet.
 * (For documents at rest see document.h.)
 *
 * Reading: json_check() once over foreign text; everything else then assumes
 * valid JSON and answers `none' (p NULL) for what is not there.
 */
#define JSON_DEPTH_MAX 32

/* RFC 8259, one value and nothing behind it; UTF-8; no duplicate names in an
 * object; depth at most 32; integers at most 2^53 in size.  ERR_MESSAGE. */
int json_check(struct slice text, struct err *err);

enum json_type {
	JSON_NONE,
	JSON_OBJECT,
	JSON_ARRAY,
	JSON_STRING,
	JSON_NUMBER,
	JSON_TRUE,
	JSON_FALSE,
	JSON_NULL
};
enum json_type json_type(struct slice value);

/* Walks the members of an object or the items of an array:
 *	struct json_walk walk = json_walk(value);
 *	while (json_next(&walk, &name, &item)) ...
 * `name' is the raw text between the quotes (none in an array; pass NULL if
 * it does not matter); a value that is neither gives nothing. */
struct json_walk {
	struct slice rest;
	bool in_object;
};
struct json_walk json_walk(struct slice value);
bool json_next(struct json_walk *walk, struct slice *name, struct slice *item);

/* Is this raw text, as between quotes, that text once it is unescaped? */
bool json_name_is(struct slice raw, struct slice text);

/* Member by path, `checks.dmarc.result'; `[0]'-style indices as plain numbers
 * (`checks.dkim.0.result').  Names in the path are ASCII without escapes. */
struct slice json_get(struct slice object, const char *path);
size_t json_count(struct slice value); /* members or items */

/* Appends the string's octets, unescaped (UTF-8); -1 if it is no string or
 * the buffer is full. */
int json_string(struct slice value, struct buf *out);
bool json_string_is(struct slice value, const char *text);
/* The raw text between the quotes when it has no escape, else none: enough
 * for our own enumerations, ids and names. */
struct slice json_plain(struct slice value);
/* -1 when it is no integer (a fraction or exponent is none). */
int json_integer(struct slice value, int64_t *out);
int json_real(struct slice value, double *out);
bool json_is_true(struct slice value);

/*
 * Writing: appends to a buffer, puts commas, escapes.  `name' is NULL inside
 * an array and for the outermost value.  Octets that are not UTF-8 become
 * U+FFFD.  When the buffer is full, or the depth over 32, `failed' is set and
 * the rest is ignored: check once, at the end.
 */
struct json_writer {
	struct buf *out;
	bool failed;
	bool comma;
	unsigned depth;
};
#define JSON_WRITER(buffer) {(buffer), false, false, 0}

void json_open_object(struct json_writer *w, const char *name);
void json_close_object(struct json_writer *w);
void json_open_array(struct json_writer *w, const char *name);
void json_close_array(struct json_writer *w);
void json_put_slice(struct json_writer *w, const char *name, struct slice text);
void json_put_text(struct json_writer *w, const char *name, const char *text);
/* An array of n of them. */
void json_put_texts(struct json_writer *w, const char *name,
    char *const *items, size_t n);
void json_put_integer(struct json_writer *w, const char *name, int64_t value);
/* `decimals' digits behind the point, trailing zeros cut. */
void json_put_real(struct json_writer *w, const char *name, double value,
    int decimals);
void json_put_bool(struct json_writer *w, const char *name, bool value);
void json_put_null(struct json_writer *w, const char *name);
/* A value that is JSON already, octet for octet. */
void json_put_raw(struct json_writer *w, const char *name, struct slice value);

#endif
