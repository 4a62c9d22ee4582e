/* SPDX-License-Identifier: ISC */
#ifndef FE_STORE_ACCOUNT_SECRET_H
#define FE_STORE_ACCOUNT_SECRET_H

#include <stdbool.h>

#include "base/err.h"
#include "crypto/password.h"

/*
 * secrets/DOMAIN/USER.json: what proves that somebody is the owner of an
 * account.  On disk {"fe":1,"nonce":hex,"box":hex}: XChaCha20-Poly1305 under
 * keys/account.key with the associated data `fe-account/1', NUL, account
 * name; inside, a JSON object with `password' (argon2id).  Without the key
 * the hashes cannot even be guessed at.  Clear text stays in the locked
 * arena.
 */
#define ACCOUNT_SECRET_MAX ((size_t)16 << 10)

struct account_secret {
	char password[PASSWORD_HASH_SIZE];
	char *kept; /* members we do not know, in the arena */
};

/* 1 found, 0 none, -1.  *secret is in the arena. */
int account_secret_read(struct account_secret **secret, const char *name,
    struct err *err);
/* An empty one, to fill and write. */
struct account_secret *account_secret_new(void);
/* Durable when it returns. */
int account_secret_write(const struct account_secret *secret,
    const char *name, struct err *err);
/* Seals it anew under account.next (crypto/key_file.h); the caller holds
 * account_lock().  1 done, 0 none, -1. */
int account_secret_reseal(const char *name, struct err *err);
int account_secret_delete(const char *name, struct err *err);
void account_secret_free(struct account_secret *secret);

#endif
