/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_KEY_OBJECT_H
#define FE_OPS_KEY_OBJECT_H

#include "crypto/keyslot.h"
#include "ops/repository.h"

/*
 * The keys of one mailbox in a repository: mailboxes/HASH, one object for
 * each address, the only one that is ever changed.  It holds what USER.keys
 * had at the backups whose snapshots need it: data keys under the mailbox key,
 * and that under the repository's slot key, which neither the repository's
 * writer nor its destination has.  No snapshot holds keys; so whoever takes
 * the object away has shredded the mailbox in all of them.
 *
 *	{"fe":1,"address":A,"documents":[USER.keys ...],
 *	 "erased":[{"mailbox":ID,"time":T}]}
 */
struct key_object {
	char *address;
	/* Oldest first; locked. */
	struct mailbox_keys *documents;
	size_t n;
	struct key_erasure {
		char mailbox[KEY_ID_SIZE];
		int64_t time_ms;
	} *erased;
	size_t erased_n;
};
void key_object_free(struct key_object *o);
/* 1; 0 there is none; -1. */
int key_object_read(struct repository *r, const char *address,
    struct key_object *o, struct err *err);

/* Brings a USER.keys down to what the repository may hold: data keys and the
 * backup slot of `slot_id'.  False where that has no slot there. */
bool key_object_reduce(struct mailbox_keys *k, const char *slot_id);
/* Adds reduced keys where they are not there yet, *is_new: durable only after
 * destination_sync.  A mailbox that was erased there stays so: ERR_USAGE. */
int key_object_add(struct repository *r, const char *address,
    const struct mailbox_keys *k, struct err *err);
/* Takes all keys away and notes it. 1; 0 there were none; -1. */
int key_object_erase(struct repository *r, const char *address,
    struct err *err);
/* Opens keys of this mailbox (its id, or NULL: of the newest) with the
 * repository's slot key, into *list: newest first, unlocked; free each and
 * the list.  ERR_USAGE: it was erased, or never had a slot. */
int key_object_unlock(struct repository *r, const char *address,
    const char *mailbox, struct mailbox_keys **list, size_t *n,
    struct err *err);
/* Adds what the object of that name has in one repository to that of another
 * with the same keys, but for mailboxes that were erased there. */
int key_object_merge(struct repository *from, struct repository *to,
    const char *name, struct err *err);
/* The object's name. */
void key_object_name(const struct repository *r, const char *address,
    struct buf *out);

#endif
