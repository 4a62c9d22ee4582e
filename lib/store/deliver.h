/* SPDX-License-Identifier: ISC */
#ifndef FE_STORE_DELIVER_H
#define FE_STORE_DELIVER_H

#include "mail/recipients.h"
#include "record/receipt.h"
#include "store/handles.h"
#include "store/indexer.h"

/*
 * Records into the mailboxes of their recipients.  A mailbox takes a record
 * in one transaction: message, id and fingerprint, marks.  What a receipt says
 * is durable, and a record that comes again (the answer was lost) is found by
 * its id or fingerprint and stored no second time.
 */
#define DELIVER_RECIPIENTS_MAX 10000

struct deliverer {
	struct handles *handles;
	struct indexer *indexer;
	struct recipients *recipients;
	const struct service_keys *service;
	int64_t keep_meta_ms;  /* 0: keep none */
	const char *delimiter; /* of recipients_find */
	int64_t wait_ms;       /* for locks, at most */
};

/* Records that wait together are stored together, which spares them most of
 * the pages and all but one of the syncs: prepare each, commit all, then give
 * each its receipt. */
struct delivery_job;

/* Takes the record (its body is held until the receipt) and does what needs
 * no mailbox: reads the plan, asks the indexer. */
struct delivery_job *deliver_prepare(struct deliverer *d, struct record *r);
/* One transaction for each mailbox, one mailbox after the other; a record
 * whose mailbox cannot take it spoils none of the others. */
void deliver_commit(struct deliverer *d, struct delivery_job **jobs, size_t n);
/* The receipt, for a job that was committed; frees the job.  Never fails:
 * whatever went wrong is a status in it.  *worst (may be NULL): the worst
 * outcome of all recipients; rejected by a verdict counts as done there, since
 * that was asked for. */
struct record *deliver_receipt(struct delivery_job *job,
    enum delivery_outcome *worst);

#endif
