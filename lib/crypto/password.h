/* SPDX-License-Identifier: ISC */
#ifndef FE_CRYPTO_PASSWORD_H
#define FE_CRYPTO_PASSWORD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/*
 * Login passwords: argon2id, 3 passes over 64 MiB, in the usual text form
 * ($argon2id$v=19$m=65536,t=3,p=1$salt$hash).  One call takes tens to
 * hundreds of milliseconds, by intent.
 */
#define PASSWORD_HASH_SIZE 128
#define PASSWORD_LENGTH_MAX 1023
#define PASSWORD_LENGTH_MIN 8

/* ERR_USAGE when it is too short, too long or holds control characters. */
int password_check(const char *password, struct err *err);
/* ERR_SYSTEM when the memory is not to be had. */
int password_hash(const char *password, char out[PASSWORD_HASH_SIZE],
    struct err *err);
/* False for a wrong password, and for a hash that is none or asks for more
 * than 512 MiB or 16 passes. */
bool password_verify(const char *password, const char *hash);
/* A random one of 120 bits, 24 digits of base 32 in groups of 4, in the
 * arena. */
#define PASSWORD_RANDOM_SIZE 30
char *password_random(void);

#endif
