/* SPDX-License-Identifier: ISC */
#ifndef FE_SCAN_IDENTITY_H
#define FE_SCAN_IDENTITY_H

#include "record/meta.h"

/*
 * Who a message is from, as far as it is proven:
 *
 *	ip      client.ip
 *	net     client.ip cut to /24 (IPv4) or /64 (IPv6)
 *	helo    client.helo, where SPF passed for it or iprev found that name
 *	domain  that of From where DMARC passed, else of the first signature
 *	        that passed, else of the sender where SPF passed
 */
enum identity_kind {
	IDENTITY_IP,
	IDENTITY_NET,
	IDENTITY_HELO,
	IDENTITY_DOMAIN,
	IDENTITIES
};

struct identities {
	struct buf text[IDENTITIES]; /* lower-case; empty: not proven */
};

const char *identity_name(enum identity_kind kind);
void identities_find(struct identities *ids, const struct meta *meta);
void identities_free(struct identities *ids);

#endif
