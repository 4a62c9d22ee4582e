/* SPDX-License-Identifier: ISC */
#ifndef FE_CRYPTO_RECOVERY_H
#define FE_CRYPTO_RECOVERY_H

#include "base/err.h"
#include "base/slice.h"
#include "crypto/keyring.h"

/*
 * A recovery key as people write it down: 32 random octets and 3 octets of
 * checksum (BLAKE2b of `fe-recovery/1' and the key) as 56 digits of
 * Crockford's base 32 in 14 groups of 4:
 *
 *	K3VX-0Q7M-...-9ZTD
 *
 * Typed back, case, spaces and dashes do not matter; O is read as 0, I and L
 * as 1.  The checksum finds a slip of the hand (all but 1 in 16 million)
 * before anything is tried.
 */
#define RECOVERY_TEXT_SIZE (56 + 13 + 1)

void recovery_format(const unsigned char key[KEY_SIZE],
    char out[RECOVERY_TEXT_SIZE]);
/* ERR_USAGE, saying whether length, a character or the checksum is wrong. */
int recovery_parse(struct slice text, unsigned char key[KEY_SIZE],
    struct err *err);

#endif
