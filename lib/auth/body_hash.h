/* SPDX-License-Identifier: ISC */
#ifndef FE_AUTH_BODY_HASH_H
#define FE_AUTH_BODY_HASH_H

#include "auth/canon.h"
#include "crypto/sha256.h"

/*
 * SHA-256 of a body's canonical forms, for all signatures of a message
 * together: one pass a form, whatever lengths (l=) they name.
 */
#define BODY_HASH_MAX 64 /* different ones */

struct body_hash {
	enum canon canon;
	uint64_t length; /* l=; BODY_HASH_WHOLE without */
	uint64_t total;  /* octets of the canonical form */
	bool too_short;  /* the form has fewer than `length' octets */
	unsigned char digest[SHA256_SIZE];
};
#define BODY_HASH_WHOLE UINT64_MAX

struct body_hashes {
	struct body_hash items[BODY_HASH_MAX];
	size_t n;
};

/* Wants this one; the same twice is once.  Before body_hashes_run. */
void body_hashes_want(struct body_hashes *hashes, enum canon canon,
    uint64_t length);
void body_hashes_run(struct body_hashes *hashes, struct slice body);
const struct body_hash *body_hashes_get(const struct body_hashes *hashes,
    enum canon canon, uint64_t length);

#endif
