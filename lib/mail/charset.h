/* SPDX-License-Identifier: ISC */
#ifndef FE_MAIL_CHARSET_H
#define FE_MAIL_CHARSET_H

#include "base/buf.h"
#include "base/slice.h"

/*
 * Text in the charsets of real mail to UTF-8.  All are read here, from tables
 * that the build makes: nothing is loaded, so a sandbox is no hindrance and a
 * filter starts no later for it, and a message cannot choose among the odd
 * converters of the C library (ISO-2022-CN-EXT was a hole: CVE-2024-2961).
 *
 * A name comes as mail has it: any case, with `*language', quoted or not.
 * ISO-8859-1 and ASCII are read as windows-1252, which is what their senders
 * meant; text without a name, or named ASCII, that has 8-bit octets and is
 * well-formed UTF-8 is UTF-8.
 */

/* Appends; what cannot be read is U+FFFD (an unknown charset: each run of
 * 8-bit octets).  -1 when out is full; it then holds what fits. */
int charset_to_utf8(struct slice name, struct slice text, struct buf *out);
bool charset_is_known(struct slice name);

#endif
