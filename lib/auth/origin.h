/* SPDX-License-Identifier: ISC */
#ifndef FE_AUTH_ORIGIN_H
#define FE_AUTH_ORIGIN_H

#include "auth/spf.h"
#include "record/meta.h"

/*
 * Who sent the message, as its record says: what SPF is asked about.
 */
struct origin {
	struct ip client; /* of no size: not known */
	struct buf helo, sender;
};
void origin_read(struct origin *origin, const struct meta *meta);
void origin_free(struct origin *origin);
/* Slices of the origin; without a receiver. */
struct spf_query origin_query(const struct origin *origin);

#endif
