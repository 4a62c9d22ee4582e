/* SPDX-License-Identifier: ISC */
#ifndef FE_AUTH_DKIM_VERIFIER_H
#define FE_AUTH_DKIM_VERIFIER_H

#include "auth/auth.h"
#include "auth/body_hash.h"
#include "auth/dkim_signature.h"
#include "auth/signed_header.h"

/*
 * What the verification of DKIM and of ARC shares: hashes, contexts and
 * parsed keys, kept from message to message; and one message with its
 * signatures' body hashes, so that the body is passed over once for both.
 */
struct verifier;
struct verifier *verifier_new(void);
void verifier_free(struct verifier *verifier); /* accepts NULL */

struct signed_message {
	struct verifier *verifier;
	struct auth_context *ctx;
	const struct header *header;
	struct signed_header fields;
	struct body_hashes bodies;
	bool started, hashed;
};
/* The rest is made ready at the first signature. */
void signed_message_init(struct signed_message *m, struct verifier *verifier,
    struct auth_context *ctx, const struct header *header);
void signed_message_free(struct signed_message *m);
/* This signature's body hash will be asked for: before the first is. */
void signed_message_want(struct signed_message *m,
    const struct dkim_signature *s);
/* What a signature says of the body.  0, or -1 and *why, a sentence, where it
 * is not true; *behind: octets that l= leaves out. */
int signed_message_body(struct signed_message *m,
    const struct dkim_signature *s, uint64_t *behind, const char **why);

/* Appends the name of the signature's key record. */
void verifier_key_name(const struct dkim_signature *s, struct buf *name);
/* The key of a signature; it belongs to the verifier and lives until the next
 * call.  NULL with the result and the reason, else. */
struct key_found {
	struct dkim_key *key;
	enum auth_result result;
	const char *reason;
	unsigned bits; /* of the last one looked at */
	bool testing;
};
void verifier_find_key(struct signed_message *m, const char *check,
    const struct dkim_signature *s, struct key_found *found);

/* A signature over fields: begin, fields, then whether it is good. */
struct sha256 *verifier_begin(struct signed_message *m);
/* The fields that h= names, but `self', the field of the signature. */
void verifier_hash_names(struct signed_message *m,
    const struct dkim_signature *s, const struct header_field *self);
bool verifier_end(struct signed_message *m, const struct dkim_signature *s,
    struct dkim_key *key);

#endif
