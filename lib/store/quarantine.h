/* SPDX-License-Identifier: ISC */
#ifndef FE_STORE_QUARANTINE_H
#define FE_STORE_QUARANTINE_H

#include "store/deliver.h"
#include "store/message.h"

/*
 * The site's quarantine (MAILBOX_QUARANTINE): a mailbox without an owner, one
 * message for each recipient, all of them in INBOX.  fe-store puts them there
 * (deliver.h), and a person lets them out or throws them away.
 */

/* 1; 0: nothing was ever quarantined here; -1. */
int quarantine_open(struct mailbox **m, const struct mailbox_opener *opener,
    struct err *err);

/* Calls `each' for each message, oldest first, outside of a transaction;
 * below 0 ends it.  The message has its meta and no content. */
int quarantine_list(struct mailbox *m,
    int (*each)(void *context, const struct message *msg, struct err *err),
    void *context, struct err *err);

/* Delivers a message to its recipient under the id it came with, as if it
 * had been accepted, and then takes it out of the quarantine; done twice it
 * is a duplicate.  ERR_USAGE: it is not there.  ERR_SYSTEM: it could not be
 * delivered, and stays. */
int quarantine_release(struct mailbox *m, struct deliverer *d, int64_t uid,
    struct err *err);
/* ERR_USAGE: it is not there. */
int quarantine_delete(struct mailbox *m, int64_t uid, struct err *err);
/* 0 when it is there, else -1 as the two above. */
int quarantine_has(struct mailbox *m, int64_t uid, struct err *err);

#endif
