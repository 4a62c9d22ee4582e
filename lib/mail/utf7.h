/* SPDX-License-Identifier: ISC */
#ifndef FE_MAIL_UTF7_H
#define FE_MAIL_UTF7_H

#include "base/buf.h"

/*
 * Folder names in modified UTF-7 (RFC 3501, 5.1.3), as IMAP and Maildir++
 * have them.
 */

/* Appends UTF-8 as modified UTF-7; the characters of `also' (ASCII) are put
 * into base 64 as well. */
void utf7_encode(struct slice text, const char *also, struct buf *out);
/* Appends modified UTF-7 as UTF-8.  -1, and nothing appended, where it is no
 * such text. */
int utf7_decode(struct slice text, struct buf *out);

#endif
