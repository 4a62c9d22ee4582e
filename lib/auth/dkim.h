/* SPDX-License-Identifier: ISC */
#ifndef FE_AUTH_DKIM_H
#define FE_AUTH_DKIM_H

#include "auth/dkim_verifier.h"

/*
 * Verification of DKIM signatures (RFC 6376, 8301, 8463), each on its own.
 *
 *	pass       as it says
 *	fail       the octets are not those that were signed, or it expired
 *	policy     it may be right but we do not take it: rsa-sha1, a key under
 *	           1024 bits, octets behind l=, a From that is not signed
 *	neutral    it cannot be read, or DNS is off
 *	permerror  there is no key for it, or it does not sign From
 *	temperror  DNS trouble
 */
#define DKIM_SIGNATURES_MAX 16 /* judged in one message, from the top */

struct dkim_result {
	enum auth_result result;
	const char *reason;  /* a sentence; NULL on a plain pass */
	struct buf domain;   /* d= */
	struct buf selector; /* s= */
	struct buf identity; /* i=, empty without */
	struct buf algorithm; /* a= */
	struct buf b;        /* first 8 characters of b=, for RFC 6008 */
	unsigned bits;       /* of the key; 0: not known */
	bool testing;        /* the key says t=y */
	uint64_t unsigned_octets; /* of the body, behind l= */
};

struct dkim_report {
	struct dkim_result items[DKIM_SIGNATURES_MAX];
	size_t n;
	size_t truncated; /* signatures not looked at */
};

/* Asks for the keys, without waiting; so that they are on their way. */
void dkim_prefetch(struct auth_context *ctx, const struct header *header);
/* Fills the report, which dkim_report_free empties.  Never fails. */
void dkim_check(struct signed_message *m, struct dkim_report *report);
void dkim_report_free(struct dkim_report *report);

#endif
