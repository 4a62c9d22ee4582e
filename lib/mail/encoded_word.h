/* SPDX-License-Identifier: ISC */
#ifndef FE_MAIL_ENCODED_WORD_H
#define FE_MAIL_ENCODED_WORD_H

#include "base/buf.h"
#include "base/slice.h"

/*
 * Encoded words of header fields (RFC 2047; RFC 2231, 5).  Read as real mail
 * has them: inside quoted strings, with blanks, over-long, without blanks
 * around, and with a character divided between two words.
 */
#define ENCODED_WORD_SIZE_MAX 75 /* of one that is written */

/* Appends text as UTF-8: words decoded, blanks between two words dropped, a
 * fold and the blanks around it as one blank, other octets that are no UTF-8
 * as U+FFFD. */
void encoded_word_decode(struct slice text, struct buf *out);
/* Appends UTF-8 text as it may stand in an unstructured field or a phrase:
 * as it is if it is printable ASCII without specials or `=?', else as words,
 * with CRLF SP between them.  `column': how much of the line is used. */
int encoded_word_encode(struct slice text, size_t column, struct buf *out);

#endif
