/* SPDX-License-Identifier: ISC */
#ifndef FE_AUTH_BASE64_H
#define FE_AUTH_BASE64_H

#include "base/buf.h"

/* Appends the octets of base64 text in which blanks and folds may stand
 * anywhere (RFC 6376, 2.10).  -1 for any other character, wrong padding, or a
 * full buffer. */
int base64_decode_folded(struct slice text, struct buf *out);

#endif
