/* SPDX-License-Identifier: ISC */
#ifndef FE_AUTH_DMARC_WALK_H
#define FE_AUTH_DMARC_WALK_H

#include "auth/auth.h"
#include "auth/dmarc_record.h"

/*
 * Where a domain's policy and its Organizational Domain are found: by the
 * tree walk of RFC 9989, 4.10, or by the public suffix list, as RFC 7489 had
 * it.  Domains are A-labels in lower case; names are slices of the domain.
 */
enum dmarc_rule { DMARC_RULE_9989, DMARC_RULE_7489 };

#define DMARC_QUERIES_MAX 8

struct dmarc_found {
	bool is_there;
	struct slice name; /* the domain it was found at */
	struct dmarc_record record;
	struct buf text;   /* as published */
};

struct dmarc_walk {
	bool trouble;       /* DNS: nothing else here may be relied on */
	bool off;
	struct slice organization;
	struct dmarc_found own, inherited; /* at the domain; above it */
};

void dmarc_walk(struct auth_context *ctx, enum dmarc_rule rule,
    struct slice domain, struct dmarc_walk *walk);
void dmarc_walk_free(struct dmarc_walk *walk);

#endif
