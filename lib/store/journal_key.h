/* SPDX-License-Identifier: ISC */
#ifndef FE_STORE_JOURNAL_KEY_H
#define FE_STORE_JOURNAL_KEY_H

#include "crypto/keyslot.h"

/*
 * What the delivery journal (journal_entry.h) encrypts with for one mailbox: a
 * key that is derived from the mailbox key of USER.keys (keyed BLAKE2b-256 of
 * `fe-journal/1').  From the mailbox key and not from a data key, so that a
 * rekey, which may take minutes, neither holds up nor loses what is accepted
 * meanwhile.  Whoever unlocked the mailbox can derive it; nobody stores it.
 */
struct journal_key {
	char mailbox[KEY_ID_SIZE]; /* id of the mailbox */
	char root[KEY_ID_SIZE];    /* id of its mailbox key */
	unsigned char *key;        /* KEY_SIZE octets in the arena, or NULL */
};
#define JOURNAL_KEY_INIT {"", "", NULL}

/* From unlocked keys. */
void journal_key_derive(struct journal_key *k,
    const struct mailbox_keys *keys);
void journal_key_free(struct journal_key *k); /* wipes; ready again */

#endif
