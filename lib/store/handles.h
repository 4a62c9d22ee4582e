/* SPDX-License-Identifier: ISC */
#ifndef FE_STORE_HANDLES_H
#define FE_STORE_HANDLES_H

#include "store/mailbox.h"

/*
 * Mailboxes that stay open between messages, the ones used last.  One that
 * has to make room, or that is closed at the end, has its pending messages
 * indexed first, where they are SEARCH_LEAST (search.h) or more.  None is
 * locked meanwhile, so whoever wants to replace one waits for nobody; and one
 * that was erased or replaced is let go of within HANDLES_LOOK_MS: it would
 * else keep the room of its files, and its keys in our memory.  What is
 * committed here is durable after handles_sync().
 */
#define HANDLES_MAX 64
#define HANDLES_LOOK_MS 10000

struct handles {
	struct mailbox_opener opener;
	struct handle {
		struct mailbox *mailbox;
		int64_t used;    /* by a counter */
		int64_t pending; /* stored and not indexed; the user counts */
		bool dirty;      /* committed and not synced; the user sets */
		int64_t quota;   /* octets; 0: none, or not ours to know */
		bool full_known, full; /* what run/full says of it */
	} items[HANDLES_MAX];
	size_t n;
	int64_t uses;
	int64_t looked_ms; /* when last at whether all are still there */
	bool sync_failed; /* of one that is closed: so it stays */
	/* Octets that a mailbox may have, 0: no bound; the user may set it
	 * after handles_init (account_quota). */
	int64_t (*quota)(const char *mailbox);
};

void handles_init(struct handles *h, const struct mailbox_opener *opener);
/* Indexes what is pending, then closes all. */
void handles_free(struct handles *h);

/* An open mailbox, outside of a transaction; it stays ours, and is valid until
 * the next call.  Errors as mailbox_open. */
struct handle *handles_get(struct handles *h, struct slice name,
    struct err *err);
/* Closes one that failed, so that the next message looks anew. */
void handles_drop(struct handles *h, struct handle *one);
/* Closes those that were erased or replaced meanwhile; handles_get does it now
 * and then, who does nothing for long calls it.  How long until the next time
 * is worth it; -1: nothing is open. */
int64_t handles_let_go(struct handles *h);
/* Makes all commits durable, also of those that had to make room. */
int handles_sync(struct handles *h, struct err *err);
/* Indexes one batch of one mailbox, and drops what is over its time there;
 * false when there was nothing to do.  Failures are logged: the messages stay
 * pending for the next search. */
bool handles_idle(struct handles *h, int64_t now_ms);
/* Is anything pending? */
bool handles_are_pending(const struct handles *h);

#endif
