/* SPDX-License-Identifier: ISC */
#ifndef FE_NET_DNS_NAME_H
#define FE_NET_DNS_NAME_H

#include "base/buf.h"
#include "base/slice.h"

/*
 * Domain names (RFC 1035, 3.1 and 5.1).  The normal form is presentation
 * form in lower case without the final dot, every octet but letters, digits,
 * `-', `_', `*' and `/' as \DDD; the root is "".  Labels have 1 to 63 octets,
 * a name at most 255 on the wire.
 */
#define DNS_NAME_MAX 255
#define DNS_LABEL_MAX 63
#define DNS_NAME_TEXT_MAX 1024 /* of a normal form: 253 octets as \DDD */

/* Appends the normal form of a name in presentation form (\DDD and \X are
 * read; one final dot is allowed).  A name without a final dot gets `origin'
 * (a normal form; none or "": nothing) behind it.  -1 if it is no name. */
int dns_name_normalize(struct slice text, struct slice origin,
    struct buf *out);
/* Appends the normal form of an uncompressed name on the wire; returns its
 * length there, or -1. */
int dns_name_from_wire(const unsigned char *p, size_t n, struct buf *out);
/* Appends a normal form as it stands on the wire, uncompressed.  -1 when there
 * is no room in `out'. */
int dns_name_to_wire(struct slice normal, struct buf *out);

#endif
