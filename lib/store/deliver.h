/* SPDX-License-Identifier: ISC */
#ifndef FE_STORE_DELIVER_H
#define FE_STORE_DELIVER_H

#include "mail/recipients.h"
#include "record/receipt.h"
#include "store/handles.h"
#include "store/indexer.h"

/*
 * Records into the mailboxes of their recipients, in two steps
 * (share/doc/delivery.md).
 *
 *	accept	what is to be done goes, encrypted for each mailbox, into the
 *		delivery journal; one sync for all that waits, whatever
 *		mailboxes it is for; then the receipts
 *	apply	one transaction a mailbox for all that is accepted for it:
 *		message, id and fingerprint, marks; without a sync of its own.
 *		The journal lets go of it once the mailboxes are synced
 *
 * What a receipt says is durable.  A record that comes again (the answer was
 * lost) is found by its id or fingerprint and stored no second time; so is an
 * entry that a crash lets be applied twice.
 */
#define DELIVER_RECIPIENTS_MAX 10000

struct delivery_journal;

struct deliverer {
	struct handles *handles;
	struct indexer *indexer;
	struct recipients *recipients;
	const struct service_keys *service;
	int64_t keep_meta_ms;  /* 0: keep none */
	const char *delimiter; /* of recipients_find */
	int64_t wait_ms;       /* for locks, at most */
	int64_t journal_max;   /* octets of our segments; over it: deferred */
	struct delivery_journal *journal; /* deliver_open's */
};

/* The other members are set. */
void deliver_open(struct deliverer *d);
/* Takes what dead writers left in their segments; deliver_apply does the
 * rest.  A segment that cannot be read on is logged and kept: mail that comes
 * now has nothing to do with it.  -1: the journal cannot be listed. */
int deliver_adopt(struct deliverer *d, struct err *err);

/* Takes the record (its body is held as long as it is needed) and does what
 * needs no mailbox: reads the plan, asks the indexer. */
struct delivery_job;
struct delivery_job *deliver_prepare(struct deliverer *d, struct record *r);
/* Accepts all of them, with one sync; a record whose mailbox cannot take it
 * spoils none of the others. */
void deliver_accept(struct deliverer *d, struct delivery_job **jobs, size_t n);
/* The receipt, for a job that was accepted; the job is ours no more.  Never
 * fails: whatever went wrong is a status in it.  *worst (may be NULL): the
 * worst outcome of all recipients; rejected by a verdict counts as done there,
 * since that was asked for. */
struct record *deliver_receipt(struct delivery_job *job,
    enum delivery_outcome *worst);

/* Is there something to apply now?  False also while all of it waits for the
 * time of its next try. */
bool deliver_is_pending(const struct deliverer *d, int64_t now_ms);
/* Has all that was accepted been applied? */
bool deliver_is_empty(const struct deliverer *d);
/* Is so much accepted, or so long ago, that it should be applied before more
 * is taken? */
bool deliver_is_due(const struct deliverer *d, int64_t now_ms);
/* Applies what can be.  A mailbox that cannot take its mail keeps it in the
 * journal, is tried again, ever more rarely, and gets no more until then; one
 * that is only locked (rekey, restore) still does. */
void deliver_apply(struct deliverer *d);
/* Syncs the mailboxes and lets go of the segments that are done; `all': also
 * of one that is small and new. */
void deliver_tidy(struct deliverer *d, bool all);
/* Applies (waiting for locks as for records), tidies, frees.  What could not
 * be applied stays in the journal for the next deliver_adopt; the number of
 * those orders. */
size_t deliver_close(struct deliverer *d);

#endif
