/* SPDX-License-Identifier: ISC */
#ifndef FE_AUTH_DKIM_KEY_H
#define FE_AUTH_DKIM_KEY_H

#include <openssl/types.h>

#include "base/slice.h"

/*
 * Public keys as DNS has them (RFC 6376, 3.6.1; RFC 8463).  Keys are built
 * from their numbers, which costs 1 us; a PEM or DER decoder takes 100.
 */
enum dkim_key_type { DKIM_KEY_RSA, DKIM_KEY_ED25519 };

#define DKIM_KEY_BITS_MIN 1024 /* RFC 8301, 3.2 */
#define DKIM_KEY_BITS_MAX 8192 /* more is work for us, not safety */

struct dkim_key {
	enum dkim_key_type type;
	unsigned bits;       /* of the modulus; 256 for Ed25519 */
	bool revoked;        /* p= is empty */
	bool testing;        /* t=y */
	bool strict_identity; /* t=s */
	bool takes_sha256;   /* h= */
	bool for_email;      /* s= */
	BIGNUM *modulus, *exponent; /* of RSA */
	BN_MONT_CTX *powers; /* NULL when revoked or too short */
	unsigned char ed25519[32];
};

/* Reads a key record.  -1 and *why, a sentence, when it is none. */
int dkim_key_parse(struct dkim_key *key, struct slice record,
    const char **why);
void dkim_key_free(struct dkim_key *key);
/* Is that the key's signature of a SHA-256 digest?  Not for a key without
 * numbers. */
bool dkim_key_verify(struct dkim_key *key, const unsigned char digest[32],
    struct slice signature);

/* Keys by the text of their record, so that a run builds each once. */
#define DKIM_KEY_CACHE_SIZE 256
struct dkim_key_cache;
struct dkim_key_cache *dkim_key_cache_new(void);
void dkim_key_cache_free(struct dkim_key_cache *cache);
/* The key belongs to the cache, which may drop it at the next call.  NULL and
 * *why as above. */
struct dkim_key *dkim_key_cache_get(struct dkim_key_cache *cache,
    struct slice record, const char **why);

#endif
