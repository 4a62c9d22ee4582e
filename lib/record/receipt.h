/* SPDX-License-Identifier: ISC */
#ifndef FE_RECORD_RECEIPT_H
#define FE_RECORD_RECEIPT_H

#include "base/buf.h"
#include "base/err.h"
#include "record/meta.h"
#include "record/stream.h"

/*
 * Receipts: what became of a record, one entry for each recipient, and what
 * a server says to its client about it (fe-record(5), receipts).
 */
enum delivery_status {
	DELIVERY_STORED,
	DELIVERY_QUEUED,
	DELIVERY_DUPLICATE,
	DELIVERY_DISCARDED,
	DELIVERY_QUARANTINED,
	DELIVERY_REJECTED,
	DELIVERY_FAILED,
	DELIVERY_DEFERRED
};
enum delivery_outcome { DELIVERY_DONE, DELIVERY_NO, DELIVERY_LATER };
enum delivery_outcome delivery_outcome(enum delivery_status status);
const char *delivery_status_name(enum delivery_status status);

struct delivery {
	struct slice address; /* as in envelope.to */
	struct slice mailbox; /* `user@domain'; none: not in one */
	struct slice folder;  /* or none */
	enum delivery_status status;
	int code;              /* 0: the usual one of the status */
	struct slice enhanced; /* RFC 3463; none: the usual one */
	struct slice text;     /* for the sender; or none */
};

/* The receipt for a record: its id and verdict, and the entries in the order
 * of envelope.to.  The caller owns it. */
struct record *receipt_new(
    const struct meta *answered, const struct delivery *items, size_t n);

/* The receipt that defers every recipient of envelope.to, for whoever cannot
 * do it now.  `enhanced' and `text' as in struct delivery. */
struct record *receipt_deferral(const struct meta *m, const char *enhanced,
    const char *text);

struct receipt {
	struct delivery *items;
	size_t n;
	struct buf text; /* what the items point into */
};
#define RECEIPT_ITEMS_MAX 10000
/* Reads the entries.  ERR_MESSAGE when this is no receipt (size not 0, no
 * `delivery', an unknown status). */
int receipt_parse(
    struct receipt *receipt, const struct meta *m, struct err *err);
void receipt_free(struct receipt *receipt);

/* What the client hears. */
#define REPLY_TEXT_MAX 400
struct reply {
	int code;
	char enhanced[12];
	char text[REPLY_TEXT_MAX + 1]; /* one line of printable ASCII */
};
/* SMTP: one reply for the message.  m NULL: nothing came by the deadline, or
 * the pipeline died twice.  A record that is no receipt is 451 4.3.0. */
void receipt_reply(const struct meta *m, struct slice id, struct reply *out);
/* LMTP: one reply for each of the n recipients; entries are found by their
 * place where the counts agree and the address does, else by address; one
 * that is not mentioned is 451. */
void receipt_replies(const struct meta *m, struct slice id,
    const struct slice *recipients, size_t n, struct reply *out);

#endif
