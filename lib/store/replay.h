/* SPDX-License-Identifier: ISC */
#ifndef FE_STORE_REPLAY_H
#define FE_STORE_REPLAY_H

#include "record/stream.h"
#include "store/mailbox.h"
#include "store/journal_walk.h"

/*
 * The delivery journal, read by others than its writer.
 */

/* Applies what any segment still holds for this mailbox, so that who opened
 * it sees every message that somebody was told is stored.  He needs his own
 * mailbox's key for it and no other.  Nothing is done where the journal or
 * the mailbox may not be read or written.  Not within a transaction.  The
 * number of messages, or -1. */
int replay_mailbox(struct mailbox *m, struct err *err);
/* The same for whoever reads on whatever comes of it: a failure is logged. */
void replay_before_reading(struct mailbox *m);

/* The record of an item of journal_walk: the message as it is to be
 * stored, and what was known of it, for this recipient alone.  NULL. */
struct record *replay_record(const struct journal_item *o,
    const struct service_keys *service, struct err *err);

#endif
