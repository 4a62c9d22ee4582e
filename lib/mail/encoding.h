/* SPDX-License-Identifier: ISC */
#ifndef FE_MAIL_ENCODING_H
#define FE_MAIL_ENCODING_H

#include "base/buf.h"
#include "base/slice.h"

/*
 * Content-Transfer-Encodings (RFC 2045, 6).  Decoders are tolerant: they take
 * what can be read and leave out the rest; encoders write exactly what the
 * RFC asks.  All append, and return -1 when out is full; a decoder has then
 * appended what fits, so that the head of a large part costs no more.
 */
enum encoding {
	ENCODING_IDENTITY, /* 7bit, 8bit, binary, and none given */
	ENCODING_QUOTED_PRINTABLE,
	ENCODING_BASE64,
	ENCODING_UUENCODE,
	ENCODING_UNKNOWN /* read as identity */
};
/* Of the value of a Content-Transfer-Encoding field. */
enum encoding encoding_of(struct slice value);
int encoding_decode(enum encoding encoding, struct slice text,
    struct buf *out);

/* Octets outside the alphabet are passed over; `=' ends a group, and what
 * comes behind it is read too (joined base64 texts). */
int base64_decode(struct slice text, struct buf *out);
/* Exactly the alphabet, whole groups, right padding; blanks and line ends
 * nowhere unless `folded'.  -1 also when the text is anything else, and then
 * nothing was appended. */
int base64_decode_strict(struct slice text, bool folded, struct buf *out);
/* Lines of line_max characters (a multiple of 4), each ended by CRLF; 0: one
 * line without an end. */
int base64_encode(struct slice octets, size_t line_max, struct buf *out);
size_t base64_encoded_size(size_t octets); /* of one line */

/* Bad escapes stay as they are; blanks before a line end are taken out
 * (RFC 2045, 6.7 (3)), line ends stay as they came. */
int quoted_printable_decode(struct slice text, struct buf *out);
/* Text with CRLF or LF line ends, written as CRLF; lines of at most 76. */
int quoted_printable_encode(struct slice text, struct buf *out);

/* The octets between `begin MODE NAME' and `end'; without a begin line, lines
 * that look right.  *name (may be NULL) is a slice into text, or none. */
int uuencode_decode(struct slice text, struct buf *out, struct slice *name);

/* `%41' escapes (RFC 2231, 4; URLs); a bad one stays as it is. */
int percent_decode(struct slice text, struct buf *out);

#endif
