/* SPDX-License-Identifier: ISC */
#ifndef FE_AUTH_SIGNED_HEADER_H
#define FE_AUTH_SIGNED_HEADER_H

#include "auth/canon.h"
#include "crypto/sha256.h"
#include "mail/header.h"

/*
 * The header as signatures see it: fields by name from the bottom up (RFC
 * 6376, 5.4.2), each instance once.  Found by halves, so that a long h= over
 * a long header costs no more than it must.
 */
struct signed_header {
	const struct header *header;
	size_t *order;      /* fields by name, the lowest one first */
	size_t *used;       /* of the group that begins there */
	struct buf scratch;
};

void signed_header_init(struct signed_header *s, const struct header *header);
void signed_header_free(struct signed_header *s);
/* Before each signature. */
void signed_header_restart(struct signed_header *s);
/* The next instance of that name, or NULL where there is none left. */
const struct header_field *signed_header_next(
    struct signed_header *s, struct slice name);
/* Feeds one field's canonical form to a hash. */
void signed_header_hash(struct signed_header *s, enum canon canon,
    const struct header_field *field, struct sha256 *hash);
/* The signature field itself: the value of b= taken out with the blanks
 * around it, no CRLF at the end.  raw_b is a slice of the field. */
void signed_header_hash_signature(struct signed_header *s, enum canon canon,
    const struct header_field *field, struct slice raw_b, struct sha256 *hash);

#endif
