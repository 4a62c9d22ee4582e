/* SPDX-License-Identifier: ISC */
#ifndef FE_STORE_SEARCH_H
#define FE_STORE_SEARCH_H

#include "store/message.h"
#include "store/query.h"

/* Appends the matches to *refs, oldest first.  folder 0: all folders.  q NULL:
 * every message.  Runs its own transactions: what is not yet indexed is
 * indexed first (not in a read_only handle: those messages are then left out
 * of text searches).  since_ms 0: no bound besides the query's. */
int search_run(struct mailbox *m, const struct query *q, int64_t folder,
    int64_t since_ms, struct message_refs *refs, struct err *err);

/* Indexes at most `max' pending bodies in one transaction of its own; the
 * number done, 0 when fewer than `least' are pending, -1. */
#define SEARCH_BATCH 64
#define SEARCH_LEAST 16 /* for which somebody who does not search does it */
int search_index(struct mailbox *m, int least, int max, struct err *err);

#endif
