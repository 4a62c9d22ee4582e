/* SPDX-License-Identifier: ISC */
#ifndef FE_NET_DNS_RDATA_H
#define FE_NET_DNS_RDATA_H

#include <stdint.h>

#include "base/buf.h"

/*
 * The data of one record as it stands on the wire, from the words of a master
 * file (RFC 1035, 5.1; RFC 3597, 5).
 */
struct dns_token {
	struct slice text; /* without quotes; escapes as they stand */
	bool quoted;
};

struct dns_rdata_type;

/* By name (case-blind), `TYPE65280' too; sets the type's number.  NULL if
 * there is none. */
const struct dns_rdata_type *dns_rdata_type(struct slice word,
    uint16_t *number);
/* Appends the data; -1 and *why, a sentence, when the words do not fit the
 * type.  `origin' is a normal form (dns_name.h). */
int dns_rdata_read(const struct dns_rdata_type *type,
    const struct dns_token *tokens, size_t n, struct slice origin,
    struct buf *out, const char **why);
/* Seconds, also as `1h30m' (BIND's way). */
int dns_rdata_ttl(struct slice text, int64_t *ttl);

#endif
