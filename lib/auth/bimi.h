/* SPDX-License-Identifier: ISC */
#ifndef FE_AUTH_BIMI_H
#define FE_AUTH_BIMI_H

#include "auth/dmarc.h"

/*
 * The author domain's BIMI record (draft-brand-indicators-for-message-
 * identification), as a fact: nothing is fetched, no mark is validated.  It
 * is asked for only where DMARC passes under a policy that asks for something.
 *
 *	pass       there is a record
 *	none       there is none, or it was not asked for
 *	permerror  it cannot be read
 *	temperror  DNS trouble
 */
#define BIMI_TEXT_MAX 1024

struct bimi_result {
	enum auth_result result;
	const char *reason;   /* a sentence, or NULL */
	struct buf domain;    /* where it was found */
	struct buf selector;
	struct buf location;  /* l=; empty: declined */
	struct buf authority; /* a= */
	struct buf record;    /* as published */
};

/* The selector is `default', or the one that the field BIMI-Selector names. */
void bimi_check(struct auth_context *ctx, const struct header *header,
    const struct dmarc_result *dmarc, struct bimi_result *out);
void bimi_result_free(struct bimi_result *r);

#endif
