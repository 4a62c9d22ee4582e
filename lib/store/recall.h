/* SPDX-License-Identifier: ISC */
#ifndef FE_STORE_RECALL_H
#define FE_STORE_RECALL_H

#include "record/stream.h"
#include "store/handles.h"
#include "store/query.h"

/*
 * Stored messages as records again: the octets as they were stored, what the
 * mailbox kept of the facts (without received and deadline: the answer to
 * that record was given long ago), and `source' as the place of the message.
 * Message octets are passed on and never parsed.
 */
struct recall {
	struct handles *handles;   /* mailboxes stay open between places */
	const struct query *query; /* NULL: all; not asked for one message */
	int64_t since_ms;          /* of the internal date; 0: no bound */
	const char *label;         /* for source.label, or NULL */
	/* The record is the callee's.  -1: stop, without an error. */
	int (*message)(void *context, struct record *r);
	void *context;
};

/* All that lies at ADDRESS[:FOLDER[/UID]], oldest first.  0; 1 when `message'
 * said stop; -1.  ERR_USAGE: no such mailbox, folder or message. */
int recall_place(
    const struct recall *recall, struct slice place, struct err *err);

#endif
