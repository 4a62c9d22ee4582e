/* SPDX-License-Identifier: ISC */
#ifndef FE_MAIL_CHARSET_H
#define FE_MAIL_CHARSET_H

#include "base/buf.h"
#include "base/slice.h"

/*
 * Text in the charsets of real mail to UTF-8.  UTF-8, ASCII, ISO-8859-1 and
 * windows-1252 are read here; the rest goes through iconv(3), but only names
 * of our own table reach it, so that a message cannot choose among the odd
 * converters of the C library (ISO-2022-CN-EXT was a hole: CVE-2024-2961).
 *
 * A name comes as mail has it: any case, with `*language', quoted or not.
 * ISO-8859-1 and ASCII are read as windows-1252, which is what their senders
 * meant; text without a name, or named ASCII, that has 8-bit octets and is
 * well-formed UTF-8 is UTF-8.
 */
#define CHARSET_OPENS_MAX 64 /* converters one struct charset opens */

/* Appends; what cannot be read is U+FFFD (an unknown charset: each run of
 * 8-bit octets).  -1 when out is full; it then holds what fits. */
int charset_to_utf8(struct slice name, struct slice text, struct buf *out);
bool charset_is_known(struct slice name);

/* The same with the converter kept for the next piece of text: for headers,
 * where many pieces come in one or two charsets. */
struct charset {
	void *converter;  /* iconv_t, or NULL */
	const char *from; /* its charset, in iconv's words */
	unsigned opens;
};
#define CHARSET_INIT {NULL, NULL, 0}
int charset_convert(struct charset *c, struct slice name, struct slice text,
    struct buf *out);
void charset_free(struct charset *c);

/* The C library loads a converter from a file when it is first asked for.
 * Call this before a sandbox forbids that: converters loaded once stay.
 * Returns how many it loaded (0 when called again). */
unsigned charset_preload(void);

#endif
