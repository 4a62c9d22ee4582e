/* SPDX-License-Identifier: ISC */
#ifndef FE_STORE_DELIVERED_H
#define FE_STORE_DELIVERED_H

#include "store/mailbox.h"

/*
 * What a mailbox remembers of deliveries for 14 days, also after the message
 * was deleted: the id and fingerprint of each record, and Sieve's marks.  All
 * within a transaction, the one that stores.
 */
#define DELIVERED_DAYS 14
#define MARK_HANDLE_MAX 512

enum delivered {
	DELIVERED_NO,
	DELIVERED_YES,     /* same id, or same fingerprint */
	DELIVERED_CONFLICT /* same id, another fingerprint: somebody's bug */
};
/* -1, or an enum delivered.  fingerprint: none where there is none. */
int delivered_check(struct mailbox *m, struct slice id,
    struct slice fingerprint, int64_t now_ms, struct err *err);
int delivered_add(struct mailbox *m, struct slice id,
    struct slice fingerprint, int64_t now_ms, struct err *err);

/* Sieve `duplicate' and `vacation': remembers a handle until it expires. */
int mark_set(struct mailbox *m, struct slice handle, int64_t expires_ms,
    struct err *err);
/* 1 there and not expired, 0 not, -1. */
int mark_has(struct mailbox *m, struct slice handle, int64_t now_ms,
    struct err *err);

/* A day after the last time: 1, else 0, or -1. */
int delivered_expire_is_due(struct mailbox *m, int64_t now_ms,
    struct err *err);
/* Forgets what is over its time: ids, marks, metas kept for a while. */
int delivered_expire(struct mailbox *m, int64_t now_ms, struct err *err);

#endif
