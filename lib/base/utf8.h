/* SPDX-License-Identifier: ISC */
#ifndef FE_BASE_UTF8_H
#define FE_BASE_UTF8_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"

/*
 * UTF-8 (RFC 3629): shortest forms only, no surrogates, nothing over
 * U+10FFFF.
 */
#define UTF8_REPLACEMENT 0xfffdu

/* Length of the character at the head of s and its code point; where there is
 * none the length of what one U+FFFD stands for (at least 1) and *code
 * U+FFFD with *valid false.  0 only for an empty slice. */
size_t utf8_next(struct slice s, uint32_t *code, bool *valid);
/* Length of the well-formed character at the head of s, or 0. */
size_t utf8_length(struct slice s);
bool utf8_is_valid(struct slice s);
/* How many octets of ASCII s begins with. */
size_t utf8_ascii_run(struct slice s);
/* One code point as UTF-8; what is none becomes U+FFFD. */
size_t utf8_put(uint32_t code, char out[4]); /* its length, 1 to 4 */
int utf8_append(struct buf *out, uint32_t code);
/* s with what is not UTF-8 replaced by U+FFFD; -1 when out is full, which
 * then holds what fits. */
int utf8_append_clean(struct buf *out, struct slice s);
/* Cuts s to at most n octets without cutting a character. */
struct slice utf8_cut(struct slice s, size_t n);

#endif
