/* SPDX-License-Identifier: ISC */
#ifndef FE_AUTH_ARC_H
#define FE_AUTH_ARC_H

#include "auth/dkim_verifier.h"

/*
 * The Authenticated Received Chain (RFC 8617): sets of three fields, one a
 * handler, numbered from 1.
 *
 *	none       no field of ARC
 *	pass       complete and in order, the newest handler signed the message
 *	           as it is, and every handler sealed all sets before his
 *	fail       anything else, for good
 *	neutral    right as far as can be seen, but DNS is off
 *	temperror  DNS trouble, and nothing is wrong so far
 *
 * Only the newest message signature is verified (RFC 8617, 5.2): the older
 * ones are of messages that were changed since.
 */
struct arc_set {
	const struct header_field *results, *message, *seal;
	struct slice text;     /* the results, behind `i=N;' */
	struct dkim_signature message_signature, seal_signature;
	bool message_is_readable, seal_is_readable;
	const char *why_message, *why_seal; /* it is not */
	bool judged;
	enum auth_result result; /* of the seal, where judged */
};

struct arc {
	enum auth_result result;
	const char *reason; /* a sentence; NULL on pass and none */
	unsigned failed_at; /* the set it is about; 0: all of them */
	struct arc_set *sets; /* set i is sets[i - 1] */
	size_t n;           /* highest instance seen */
	bool from_is_signed; /* by the newest set, every From there is */
};

/* Reads the sets; the result is fail or none so far. */
void arc_read(struct arc *arc, const struct header *header);
/* Asks for their keys, without waiting, and for the newest message
 * signature's body hash: before dkim_check, so that the body is passed over
 * once. */
void arc_prepare(struct arc *arc, struct signed_message *m);
void arc_verify(struct arc *arc, struct signed_message *m);
void arc_free(struct arc *arc);
/* The d= and s= of a set's seal. */
struct slice arc_sealer(const struct arc *arc, size_t instance);
struct slice arc_selector(const struct arc *arc, size_t instance);
/* Feeds all sets to a hash, as a seal above them covers them. */
void arc_hash_sets(const struct arc *arc, struct signed_header *fields,
    struct sha256 *hash);

#endif
