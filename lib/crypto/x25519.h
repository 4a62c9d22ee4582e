/* SPDX-License-Identifier: ISC */
#ifndef FE_CRYPTO_X25519_H
#define FE_CRYPTO_X25519_H

#include "base/err.h"
#include "base/slice.h"
#include "crypto/keyring.h"

/*
 * X25519 keys of people, as PEM: `openssl genpkey -algorithm X25519' makes
 * one, `openssl pkey -pubout' its public half.  What is sealed to one could be
 * opened by a quantum computer.
 */
bool x25519_is_pem(struct slice text);
/* ERR_USAGE: another kind of key, or none. */
int x25519_public_parse(struct slice pem, unsigned char key[KEY_SIZE],
    struct err *err);
/* Without a passphrase; wipe it. */
int x25519_secret_parse(struct slice pem, unsigned char key[KEY_SIZE],
    struct err *err);

#endif
