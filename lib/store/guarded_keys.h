/* SPDX-License-Identifier: ISC */
#ifndef FE_STORE_GUARDED_KEYS_H
#define FE_STORE_GUARDED_KEYS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "store/journal_key.h"

/*
 * The journal keys of many mailboxes, each used under the guard of its
 * mailbox.  What changes or destroys a mailbox key (renewal, erase) holds the
 * guard exclusively, so that nothing is accepted under a key that is about to
 * go; whoever accepts holds it shared until it is durable.  The guard is a
 * lock of one octet of USER.lock (F_OFD_SETLK) beside the flock that
 * transactions take: a rekey holds that one for long, and leaves this free.
 */

/* The keys of mailboxes, read once and again when USER.keys changed.  At most
 * GUARDED_KEYS_MAX; the one unused for longest makes room. */
#define GUARDED_KEYS_MAX 256
struct guarded_keys {
	const struct service_keys *service;
	struct guarded_keys_item *items;
	size_t n;
	int64_t uses;
};
void guarded_keys_init(struct guarded_keys *keys,
    const struct service_keys *service);
void guarded_keys_free(struct guarded_keys *keys);

/* Takes the guard of the mailbox shared, waiting at most wait_ms, and gives
 * its key, ours, valid until as many other mailboxes were asked for.  *guard:
 * close it once what is encrypted is durable.  Errors as mailbox_open. */
const struct journal_key *guarded_keys_get(struct guarded_keys *keys,
    struct slice mailbox, int64_t wait_ms, int *guard, struct err *err);

/* The guard exclusively, for whoever changes keys: the descriptor that holds
 * it until it is closed, or -1. */
int guard_take(const char *lock_path, int64_t wait_ms, struct err *err);

#endif
