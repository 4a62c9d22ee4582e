/* SPDX-License-Identifier: ISC */
#ifndef FE_STORE_DELIVER_STORE_H
#define FE_STORE_DELIVER_STORE_H

#include "store/deliver.h"
#include "store/folder.h"
#include "store/plan.h"

/*
 * The half of deliver.h that puts a message into one mailbox; nobody else
 * uses it.
 */
struct outcome {
	struct delivery delivery; /* its slices point into what follows */
	struct buf address, mailbox;
	char folder[FOLDER_NAME_MAX + 1];
	char enhanced[16];
	char text[512];
	bool by_verdict; /* rejected as asked */
	bool due;        /* is to be stored, or tried to */
	bool alone;      /* not in one transaction with others */
};

struct delivery_job {
	struct record *record;
	const struct meta *meta;
	struct slice body;
	int64_t now_ms;
	struct outcome *outcomes;
	size_t n;
	size_t recipient; /* the one in hand */
	bool warned, is_final;
	/* The message as it is to be stored, and for which operations of a
	 * plan's entry that was made; whoever wants the same shares it. */
	bool made;
	struct slice made_for;
	struct buf ops; /* the record's header operations, and ours */
	struct indexed indexed;
	bool parsed;
	struct buf content; /* empty: the body as it is */
};

/* Turns the message into what the plan wants to have stored, unless that was
 * done for another recipient with the same wishes. */
void deliver_make_content(struct deliverer *d, struct delivery_job *job,
    const struct plan *plan);
/* Stores for one recipient and fills his outcome. */
void deliver_store(struct deliverer *d, struct delivery_job *job,
    const struct plan *plan, struct outcome *o);

/* One recipient of one record, by number. */
struct delivery_item {
	struct delivery_job *job;
	size_t recipient;
	size_t order; /* of all items, as they came */
};
/* Stores all items, which are of one mailbox and want the content that is
 * made, in one transaction, and fills their outcomes.  False: nothing was
 * done, and one of them may be at fault: try them one by one. */
bool deliver_store_together(struct deliverer *d,
    const struct delivery_item *items, size_t n);

void outcome_set(struct outcome *o, enum delivery_status status,
    const char *folder);
void outcome_fail(struct outcome *o, const struct err *err);
void outcome_conflict(struct outcome *o, const struct delivery_job *job);

#endif
