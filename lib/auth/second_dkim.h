/* SPDX-License-Identifier: ISC */
#ifndef FE_AUTH_SECOND_DKIM_H
#define FE_AUTH_SECOND_DKIM_H

#include "auth/auth.h"
#include "mail/header.h"

/*
 * What libopendkim says of each signature, topmost first.  What its callers
 * must refuse is refused: rsa-sha1, octets behind l=, a From more than is
 * signed are `policy'.
 */
#define SECOND_SIGNATURES_MAX 16

struct second_signature {
	enum auth_result result;
	struct buf domain, selector;
};
struct second_signatures {
	struct second_signature items[SECOND_SIGNATURES_MAX];
	size_t n;
};

struct second_dkim;
struct second_dkim *second_dkim_new(void);
void second_dkim_free(struct second_dkim *s); /* accepts NULL */
/* Fills *out, which second_signatures_free empties. */
void second_dkim_check(struct second_dkim *s, struct auth_context *ctx,
    const struct header *header, struct second_signatures *out);
void second_signatures_free(struct second_signatures *out);

#endif
