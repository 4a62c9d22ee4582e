/* SPDX-License-Identifier: ISC */
#ifndef FE_STORE_PLAN_H
#define FE_STORE_PLAN_H

#include "base/buf.h"
#include "record/meta.h"
#include "store/mailbox.h"

/*
 * What a record wants done with its message for one recipient: the entry of
 * `plan' that has the recipient's place in envelope.to, else INBOX, or Junk
 * by the verdict; for an import the folder and flags of its `source'.
 */
#define PLAN_TARGETS_MAX 32

struct plan_target {
	char *folder;
	bool create; /* make the folder; else INBOX where it is missing */
	uint32_t flags;
	struct buf keywords;
};

struct plan {
	enum verdict_action verdict; /* of the entry, else of the record */
	struct slice verdict_raw;
	struct plan_target targets[PLAN_TARGETS_MAX];
	size_t n;              /* 0: nothing is stored in the mailbox */
	bool quarantine;
	bool later;            /* asks for a redirect, vacation or notify */
	struct slice mailbox;  /* raw text of the entry's `mailbox', or none */
	struct slice headers;  /* the entry's own, or none */
	struct slice marks;
	struct slice cases;    /* raw: see plan_find_case */
	int64_t received_ms;   /* internal date */
};

/* Never fails: what cannot be understood is kept in INBOX. */
void plan_read(struct plan *plan, const struct meta *m, size_t recipient,
    int64_t now_ms);
void plan_free(struct plan *plan);
/* The entry of `plan' for a recipient, raw, or none. */
struct slice plan_entry(const struct meta *m, size_t recipient);
/* Is there nothing to do in the mailbox? */
bool plan_is_nothing(const struct plan *plan);

/*
 * A Sieve script asks what only the mailbox knows: `cases' are what else it
 * would decide, each with the mark or the folders on which it hangs, and the
 * first that holds takes the place of the entry.
 */
/* Within a transaction.  1: *one is that case, raw; 0: the plan stands; -1. */
int plan_find_case(const struct plan *plan, struct mailbox *m, int64_t now_ms,
    struct slice *one, struct err *err);
/* *settled is the plan that a case makes of it; plan_free it as well. */
void plan_take_case(struct plan *settled, const struct plan *plan,
    struct slice one, const struct meta *meta);
/* Throw the targets away for one, without flags. */
void plan_into_junk(struct plan *plan);
void plan_into_inbox(struct plan *plan);

/* Reads an item of marks; handle is replaced.  -1: it is none. */
int plan_mark(struct slice mark, struct buf *handle, int64_t *expires_ms);

#endif
