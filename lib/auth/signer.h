/* SPDX-License-Identifier: ISC */
#ifndef FE_AUTH_SIGNER_H
#define FE_AUTH_SIGNER_H

#include <stdint.h>

#include "auth/arc.h"
#include "auth/signing_key.h"

/*
 * Signatures of ours: DKIM (RFC 6376, 8463), and sets of the chain (RFC 8617,
 * 5.1).  Everything is relaxed/relaxed.  From, To, Subject and Date are named
 * once more than they are there, so that nobody can add another one.
 *
 * The new fields are appended to `out', ready to stand above the message.
 */
struct signer;
struct signer *signer_new(void);
void signer_free(struct signer *signer); /* accepts NULL */

struct signer_request {
	const struct header *header;
	const struct signing_keys *keys;
	struct slice domain;  /* one of theirs: see signing_keys_domain */
	int64_t now_s;        /* t= */
	int64_t expire_s;     /* x= so much later; 0: none */
};

/* A DKIM-Signature for each key of the domain.  ERR_MESSAGE where the message
 * cannot be signed: not exactly one From, or a header over its limits. */
int signer_sign(struct signer *signer, const struct signer_request *request,
    struct buf *out, struct err *err);

enum signer_seal {
	SEALED,
	SEAL_CLOSED,  /* the chain has failed before, or is full: no set more */
	SEAL_UNKNOWN  /* there is a chain, and nobody said whether it passes */
};
/* The next set, with the domain's first RSA key (else its first), from the
 * Authentication-Results that `id' wrote.  `chain' is the result that was
 * found for the chain; AUTH_NONE: what those say.  ERR_MESSAGE as above. */
int signer_seal(struct signer *signer, const struct signer_request *request,
    struct slice id, enum auth_result chain, enum signer_seal *outcome,
    struct buf *out, struct err *err);

#endif
