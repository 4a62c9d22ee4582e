/* SPDX-License-Identifier: ISC */
#ifndef FE_AUTH_DMARC_H
#define FE_AUTH_DMARC_H

#include "auth/arc.h"
#include "auth/dkim.h"
#include "auth/dmarc_walk.h"
#include "auth/spf.h"
#include "mail/header.h"

/*
 * DMARC (RFC 9989, or RFC 7489): does SPF or DKIM vouch for the domain in
 * From, and what does its owner want done if not?  pct is ignored.
 *
 *	none       no policy, or no author domain
 *	temperror  DNS trouble, with the policy or with what might have passed
 *
 * Several author domains are judged each, and the worst stands.
 */
#define DMARC_AUTHORS_MAX 8 /* different domains; more is permerror */

struct dmarc_result {
	enum auth_result result;
	const char *reason; /* a sentence, or NULL */
	struct buf author;  /* the domain in From that this is about */
	size_t authors;     /* how many there are */
	enum dmarc_policy policy;      /* for this name, after sp and np */
	enum dmarc_policy disposition; /* after t=y; none on pass */
	bool aligned_spf, aligned_dkim;
	struct buf domain;  /* where the policy was found */
	struct buf organization; /* the author's Organizational Domain */
	struct buf record;  /* as published */
	struct buf override; /* why disposition is none after all; or empty */
};

void dmarc_check(struct auth_context *ctx, enum dmarc_rule rule,
    const struct header *header, const struct spf_result *spf,
    const struct dkim_report *dkim, struct dmarc_result *out);
/* Those whose word on the results they saw is believed. */
struct dmarc_trust {
	const char *const *sealers; /* domains, as A-labels in lower case */
	size_t n;
};
#define DMARC_OVERRIDE_MAX 1024
/* A message that failed after it was forwarded (RFC 8617, 7.2.1): the chain
 * passes, its newest set signs From, the newest sets are by trusted sealers,
 * and one of these saw DMARC pass for the same author.  Then the disposition
 * is none, and the override says by whom. */
void dmarc_override(struct dmarc_result *r, const struct arc *arc,
    const struct dmarc_trust *trust);
void dmarc_result_free(struct dmarc_result *r);
/* Asks for the author's own record without waiting. */
void dmarc_prefetch(struct auth_context *ctx, const struct header *header);

#endif
