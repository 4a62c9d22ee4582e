/* SPDX-License-Identifier: ISC */
#ifndef FE_AUTH_SIGNER_FIELD_H
#define FE_AUTH_SIGNER_FIELD_H

#include "auth/signer.h"

/*
 * The parts that signer.c and signer_seal.c make their fields of.
 */
struct signer {
	struct sha256 hash;
	struct body_hashes bodies;
	bool body_is_hashed; /* of the message at hand */
};

/* -1 and ERR_MESSAGE for what must not be signed. */
int signer_check(const struct signer_request *request, struct err *err);
const char *signer_algorithm(const struct signing_key *key);
/* h= with every signed field that is there, `dkim_too': our signatures as
 * well; and bh=.  Each on lines of its own, a semicolon behind. */
void signer_put_names(const struct header *header, bool dkim_too,
    struct buf *out);
void signer_put_body_hash(struct signer *s, struct slice body,
    struct buf *out);

void signer_begin(struct signer *s);
/* One field, given as text. */
void signer_hash_text(struct signer *s, struct slice text);
/* The fields that h= of this new field names. */
void signer_hash_names(struct signer *s, struct signed_header *fields,
    struct slice field);
/* The field itself, which ends in `b='; appends the signature and CRLF. */
int signer_end(struct signer *s, struct signing_key *key, struct buf *field);

#endif
