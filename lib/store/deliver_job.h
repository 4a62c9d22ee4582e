/* SPDX-License-Identifier: ISC */
#ifndef FE_STORE_DELIVER_JOB_H
#define FE_STORE_DELIVER_JOB_H

#include "store/deliver.h"
#include "store/folder.h"
#include "store/guarded_keys.h"
#include "store/plan.h"
#include "store/segment.h"

/*
 * What the parts of deliver.h share; nobody else uses it.  A job is a record
 * on its way; an outcome is what becomes of it for one recipient; content is
 * the message as it is to be stored, for all who want the same; an order is
 * the work that one mailbox has with it.
 */
struct outcome {
	struct delivery delivery; /* its slices point into what follows */
	struct buf address, mailbox;
	char folder[FOLDER_NAME_MAX + 1];
	char enhanced[16];
	char text[512];
	bool by_verdict; /* rejected as asked */
	bool due;        /* there is something to do for him */
	bool asks;       /* his plan has cases */
	char *settled;   /* the one that holds, raw; or NULL */
	bool keeps;      /* the message, in his mailbox */
	bool quarantines;
	bool junk;       /* whatever the plan says */
	bool creates;    /* the folder, where it is missing */
	struct delivery_content *content;
};
/* What a plan, or the case of it that holds, asks for. */
void outcome_plan(struct outcome *o, const struct plan *plan);

struct delivery_content {
	struct delivery_content *next;
	struct slice made_for; /* operations of a plan's entry */
	struct indexed indexed;
	bool parsed;
	struct buf octets; /* empty: the body as it is */
	struct slice text, terms, summary;
};

struct delivery_job {
	struct record *record;
	const struct meta *meta;
	struct slice body;
	int64_t now_ms;
	int64_t keep_meta_ms;
	struct outcome *outcomes;
	size_t n;
	size_t users; /* the receipt, and each order that is not applied */
	bool warned, is_final;
	struct buf ops; /* the record's header operations, and ours */
	struct delivery_content *contents;
};
void job_release(struct delivery_job *job);

/* One mailbox's part in an entry of the journal. */
struct order {
	struct delivery_job *job; /* NULL: not in memory, see segment */
	struct delivery_content *content;
	size_t recipient;
	bool quarantine; /* the mailbox is the quarantine */
	bool junk;
	char *mailbox, *id, *fingerprint;
	char *settled; /* as in outcome */
	char mailbox_id[KEY_ID_SIZE], root[KEY_ID_SIZE];
	uint64_t number; /* in the order of their coming */
	struct segment *segment;
	uint64_t offset; /* of the entry */
	size_t index;    /* within the entry */
};
void order_free(struct order *o);
/* Its part of what its message takes in memory; 0 when that is not there. */
size_t order_octets(const struct order *o);
/* Which record this is to its mailbox.  The quarantine holds one message for
 * each recipient, so there the address is part of it. */
void order_name(struct order *o, const struct delivery_job *job,
    const struct outcome *outcome);

/* A mailbox that cannot take its mail. */
struct stuck {
	char *mailbox;
	bool locked; /* only that: nothing is wrong with it */
	int64_t pause_ms, retry_ms, told_ms;
};

struct delivery_journal {
	struct guarded_keys keys;
	struct segment *current; /* or NULL: made when it is needed */
	struct segment **kept;   /* others with open orders */
	size_t kept_n;
	struct order **orders;   /* not applied */
	size_t orders_n, capacity;
	uint64_t number;
	size_t octets;     /* of messages held for orders */
	int64_t oldest_ms; /* first accepted since the last apply; or -1 */
	struct stuck *stuck;
	size_t stuck_n;
};
/* Appends to it end here; the next one makes a new segment. */
void journal_keep_current(struct delivery_journal *j);
void journal_add_order(struct delivery_journal *j, struct order *o);
/* Was the failure only that somebody holds the mailbox exclusively?  He may
 * have let go since. */
bool is_only_locked(const struct err *err);
struct stuck *journal_stuck(const struct delivery_journal *j,
    struct slice mailbox);

/* deliver_content.c: the message as the plan wants to have it stored, made
 * once for all recipients with the same wishes. */
struct delivery_content *content_make(struct deliverer *d,
    struct delivery_job *job, const struct plan *plan);
void content_free(struct delivery_content *c);

/* Says once for a message what of the plan cannot be done yet. */
void job_warn(struct delivery_job *job, const struct plan *plan);

/* To look into a mailbox, nobody is waited for who has it locked. */
#define LOOK_MS 0
#define LOOK_BUSY_MS 1000

struct order_list {
	struct order **items; /* some may be NULL */
	size_t n;
};
/* deliver_known.c: an enum delivered, or -1.  `waiting' are n lists beside
 * that of the journal.  Where the folder of the plan is missing, the outcome's
 * is INBOX now.  A mailbox that is only locked may have had it: that shows
 * when it is applied. */
int order_find_known(struct deliverer *d, const struct order *o,
    const struct order_list *const *waiting, size_t n,
    struct outcome *outcome, struct err *err);

/* deliver_apply.c: applies now what is accepted for one mailbox. */
void deliver_apply_mailbox(struct deliverer *d, struct slice mailbox);
/* Stores within a write transaction of the order's mailbox.
 * An enum delivered, or -1; *folder is where it went. */
int order_apply(struct mailbox *m, const struct order *o,
    struct folder *folder, struct err *err);

/* order.c: an order as JSON, for its box, and back.  order_parse fills a job
 * of one recipient and the order's members from `job' to `junk', and its
 * mailbox; message is what stands behind the head, and is taken. */
void order_format(const struct order *o, struct buf *out);
int order_parse(struct order *o, struct slice json,
    const struct journal_head *head, struct buf *message, struct err *err);

void outcome_set(struct outcome *o, enum delivery_status status,
    const char *folder);
void outcome_fail(struct outcome *o, const struct err *err);
void outcome_conflict(struct outcome *o, const struct delivery_job *job);
void outcome_defer(struct outcome *o, int code, const char *enhanced,
    const char *text);

#endif
