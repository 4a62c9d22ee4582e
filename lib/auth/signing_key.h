/* SPDX-License-Identifier: ISC */
#ifndef FE_AUTH_SIGNING_KEY_H
#define FE_AUTH_SIGNING_KEY_H

#include <openssl/evp.h>

#include "auth/private_key.h"
#include "base/buf.h"
#include "base/option.h"

/*
 * Private keys that sign mail, parsed once (private_key.h).  RSA of 1024 to
 * 4096 bits, or Ed25519.
 */
#define SIGNING_KEYS_MAX 1000
#define SIGNING_KEY_BITS_MAX PRIVATE_KEY_BITS_MAX

struct signing_key {
	struct buf domain, selector; /* A-labels in lower case */
	enum dkim_key_type type;
	EVP_PKEY *key;
	EVP_PKEY_CTX *rsa; /* ready to sign SHA-256 digests */
};

struct signing_keys {
	struct signing_key *items;
	size_t n;
};
#define SIGNING_KEYS_INIT {NULL, 0}

/* Adds the key of a PEM file that nobody but its owner and group may read.
 * ERR_USAGE for a domain or selector that is none, ERR_CONFIG for a file that
 * holds no fit key, ERR_SYSTEM where it cannot be opened or memory cannot be
 * locked. */
int signing_keys_add(struct signing_keys *keys, struct slice domain,
    struct slice selector, const char *path, struct err *err);
/* Adds the active keys of the home (keys/dkim/DOMAIN/SELECTOR.pem, with
 * "state":"active" in SELECTOR.json), of one domain unless it is none, with
 * one of the selectors unless there are none (selector.h); the RSA keys of a
 * domain stand before the others.  No folder is no key. */
int signing_keys_read_home(struct signing_keys *keys, struct slice domain,
    const struct option_list *selectors, struct err *err);
/* What the folders of these keys look like now: other octets once a key was
 * added, switched or taken away. */
#define SIGNING_KEYS_SEEN 32
void signing_keys_look(unsigned char seen[SIGNING_KEYS_SEEN]);
void signing_keys_free(struct signing_keys *keys);

/* The nearest domain with a key: the name itself, or one above it; none. */
struct slice signing_keys_domain(const struct signing_keys *keys,
    struct slice name);

#define SIGNATURE_MAX (SIGNING_KEY_BITS_MAX / 8)
/* Signs a SHA-256 digest; the length, or -1. */
int signing_key_sign(struct signing_key *key, const unsigned char digest[32],
    unsigned char out[SIGNATURE_MAX]);

#endif
