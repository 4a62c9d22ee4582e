/* SPDX-License-Identifier: ISC */
#ifndef FE_CRYPTO_BACKUP_SLOT_H
#define FE_CRYPTO_BACKUP_SLOT_H

#include "base/buf.h"
#include "crypto/keyslot.h"

/*
 * Backup keyslots of a mailbox: one for each repository for which the home
 * has keys/backup/NAME.slot, 32 octets that only the mailboxes' keeper may
 * read (the makers of backups have another key).
 */
/* The id that belongs to such a key. */
void backup_slot_id(const unsigned char slot[KEY_SIZE],
    char id[KEY_ID_SIZE]);
/* Adds the slots that are missing to unlocked keys; *added of them. */
int backup_slots_add(struct mailbox_keys *k, size_t *added, struct err *err);
/* Are any missing?  Needs no unlocked keys. 1, 0, -1. */
int backup_slots_missing(const struct mailbox_keys *k, struct err *err);
/* Appends the names of the repositories that hold the mailbox's keys, by
 * `, '; those that the home does not know by their slot's id. */
int backup_slots_name(const struct mailbox_keys *k, struct buf *out,
    struct err *err);

#endif
