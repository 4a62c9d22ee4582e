/* SPDX-License-Identifier: ISC */
#ifndef FE_MAIL_CHARSET_STATE_H
#define FE_MAIL_CHARSET_STATE_H

#include "base/buf.h"
#include "base/slice.h"

/*
 * Charsets whose octets mean what an earlier one says.  All append to out and
 * put U+FFFD for what they cannot read; -1: out is full.
 */

/* ISO-2022-JP with its extensions -1, -2 and -3 (RFC 1468, RFC 2237, RFC
 * 1554); of JIS X 0213 what JIS X 0208 has too. */
int charset_iso2022_jp(struct slice text, struct buf *out);
int charset_iso2022_kr(struct slice text, struct buf *out); /* RFC 1557 */
int charset_utf7(struct slice text, struct buf *out);	    /* RFC 2152 */
/* Without a byte order mark as Windows writes it, least octet first. */
int charset_utf16(struct slice text, struct buf *out);
int charset_utf16_le(struct slice text, struct buf *out);
int charset_utf16_be(struct slice text, struct buf *out);
int charset_utf32(struct slice text, struct buf *out);
int charset_utf32_le(struct slice text, struct buf *out);
int charset_utf32_be(struct slice text, struct buf *out);

#endif
