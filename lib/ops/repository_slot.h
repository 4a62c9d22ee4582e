/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_REPOSITORY_SLOT_H
#define FE_OPS_REPOSITORY_SLOT_H

#include "ops/destination.h"
#include "crypto/keyring.h"

/*
 * The repository key wrapped, in keys/ID of the repository: under a passphrase
 * (argon2id), under the 32 random octets of a key file, or sealed to somebody's
 * X25519 key (libsodium's sealed box; a quantum computer could open that one,
 * the others not).  Plain JSON: {"fe":1,"id","kind","made","kdf","nonce",
 * "box"}; the associated data are `fe-repository-slot/1', id and kind.
 */
enum repository_slot_kind { SLOT_PASSPHRASE, SLOT_FILE, SLOT_PUBLIC };

/* Wraps the key and stores the slot; `secret' is the passphrase, the octets
 * of the file, or the public key (32 octets). */
int repository_slot_add(struct destination *d,
    const unsigned char key[KEY_SIZE], enum repository_slot_kind kind,
    struct slice secret, char id[KEY_ID_SIZE], struct err *err);
/* Tries all slots of that kind; `secret' as above, for SLOT_PUBLIC the secret
 * key.  ERR_USAGE: none opens. */
int repository_slot_open(struct destination *d,
    enum repository_slot_kind kind, struct slice secret,
    unsigned char key[KEY_SIZE], struct err *err);
int repository_slot_remove(struct destination *d, const char *id,
    struct err *err);

struct repository_slots {
	struct repository_slot_item {
		char id[KEY_ID_SIZE];
		enum repository_slot_kind kind;
		int64_t made_ms;
	} *items;
	size_t n;
};
int repository_slots_read(struct destination *d,
    struct repository_slots *slots, struct err *err);
const char *repository_slot_kind_text(enum repository_slot_kind kind);

/* Whether a person has typed the key back: object `confirmed'.  -1 never. */
int64_t repository_confirmed_ms(struct destination *d);
int repository_confirm(struct destination *d, struct err *err);

#endif
