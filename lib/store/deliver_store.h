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
};

struct delivery_job {
	const struct meta *meta;
	struct slice body;
	int64_t now_ms;
	struct outcome *outcomes;
	size_t n;
	size_t recipient; /* the one in hand */
	bool warned;
	/* The message as it is to be stored, and for which operations of a
	 * plan's entry that was made; whoever wants the same shares it. */
	bool made;
	struct slice made_for;
	struct indexed indexed;
	bool parsed;
	struct buf content; /* empty: the body as it is */
};

/* Fills the outcome.  False: this id is another message's. */
bool deliver_store(struct deliverer *d, struct delivery_job *job,
    const struct plan *plan, struct outcome *o);

void outcome_set(struct outcome *o, enum delivery_status status,
    const char *folder);
void outcome_fail(struct outcome *o, const struct err *err);

#endif
