/* SPDX-License-Identifier: ISC */
#ifndef FE_CRYPTO_KEYSLOT_BOX_H
#define FE_CRYPTO_KEYSLOT_BOX_H

#include "crypto/keyslot.h"

/* Between keyslot.c, which opens boxes, and keyslot_change.c, which makes
 * them. */

/* Fills nonce and box; id, kind and key of the slot are set. */
void keyslot_seal(const struct mailbox_keys *k, struct keyslot *slot,
    const unsigned char *wrapping, const unsigned char *key);
/* The wrapping key that a password gives, in the arena, or NULL. */
unsigned char *keyslot_derive(const struct keyslot_kdf *kdf,
    const char *password, struct err *err);

#endif
