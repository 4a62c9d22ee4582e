/* SPDX-License-Identifier: ISC */
#ifndef FE_STORE_DELIVER_H
#define FE_STORE_DELIVER_H

#include "mail/recipients.h"
#include "record/receipt.h"
#include "store/handles.h"
#include "store/indexer.h"

/*
 * One record into the mailboxes of its recipients.  Each mailbox takes it in
 * one transaction: message, id and fingerprint, marks.  What a status says is
 * durable when the call returns, and a record that comes again (the answer
 * was lost) is found by its id or fingerprint and stored no second time.
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

/* The receipt of the record.  Never fails: whatever goes wrong is a status in
 * it.  *worst (may be NULL): the worst outcome of all recipients; rejected by
 * a verdict counts as done there, since that was asked for. */
struct record *deliver_record(struct deliverer *d, const struct record *r,
    enum delivery_outcome *worst);

#endif
