/* SPDX-License-Identifier: ISC */
#ifndef FE_STORE_HANDLES_H
#define FE_STORE_HANDLES_H

#include "store/mailbox.h"

/*
 * A few mailboxes that stay open between messages, the ones used last.  One
 * that has to make room, or that is closed at the end, has its pending
 * messages indexed first.
 */
#define HANDLES_MAX 16

struct handles {
	struct mailbox_opener opener;
	struct handle {
		struct mailbox *mailbox;
		int64_t used;    /* by a counter */
		int64_t pending; /* stored since it was last indexed */
	} items[HANDLES_MAX];
	size_t n;
	int64_t uses;
};

void handles_init(struct handles *h, const struct mailbox_opener *opener);
/* Indexes what is pending, then closes all. */
void handles_free(struct handles *h);

/* An open mailbox, outside of a transaction; it stays ours.  Errors as
 * mailbox_open. */
struct mailbox *handles_get(struct handles *h, struct slice name,
    struct err *err);
/* One message was stored in it. */
void handles_stored(struct handles *h, const struct mailbox *m);
/* Closes one that failed, so that the next message looks anew. */
void handles_drop(struct handles *h, const struct mailbox *m);
/* Indexes one batch of one mailbox, and drops what is over its time there;
 * false when there was nothing to do.  Failures are logged: the messages stay
 * pending for the next search. */
bool handles_idle(struct handles *h, int64_t now_ms);
/* Is anything pending?  `full': a whole batch of one mailbox. */
bool handles_are_pending(const struct handles *h, bool full);

#endif
