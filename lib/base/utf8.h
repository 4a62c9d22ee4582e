/* SPDX-License-Identifier: ISC */
#ifndef FE_BASE_UTF8_H
#define FE_BASE_UTF8_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"

/*
 * UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing over
 * U+10FFFF.
 */

/* Octets of the well-formed character at the start of s, or 0 when there is
 * none (s is empty, or its first octet begins no such character). */
size_t utf8_length(struct slice s);
/* As utf8_length, and the code point into *out. */
size_t utf8_next(struct slice s, uint32_t *out);
bool utf8_is_valid(struct slice s);
/* Writes a code point (not a surrogate) and returns its length, 1 to 4. */
size_t utf8_put(uint32_t point, char out[4]);
/* Appends s with each octet that begins no character as U+FFFD; -1 when the
 * buffer is full (a part may then have been appended). */
int utf8_append(struct buf *out, struct slice s);

#endif
