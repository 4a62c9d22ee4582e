/* SPDX-License-Identifier: ISC */
#ifndef FE_SCAN_CLAMD_H
#define FE_SCAN_CLAMD_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/task.h"
#include "porter.h"

/*
 * The virus scanner: one session with clamd over its UNIX socket
 * (clamd(8), IDSESSION and FILDES).  Octets are handed over as descriptors of
 * sealed memory, several before the first answer is there.
 *
 *	clamd_begin(c, until_ms);
 *	clamd_send(c, fd, "invoice.zip"); ...
 *	clamd_finish(c);
 *	c->found, c->name ...
 *
 * A session that clamd has closed (it does so with idle ones) is opened again
 * once for each message.  After a time-out answers are waited for only
 * CLAMD_IMPATIENT_MS until one comes in time, so that a clamd that hangs does
 * not hold up all mail.
 */
#define CLAMD_ITEMS_MAX 128   /* of one message */
#define CLAMD_AHEAD 8         /* sent and not yet answered */
#define CLAMD_IMPATIENT_MS 2000
#define CLAMD_NAME_MAX 200

struct clamd_item {
	int fd;             /* ours until the answer came; -1 then */
	unsigned number;    /* of the command in the session; 0: not sent */
	struct buf name;
};
/* What all sessions share. */
struct clamd_service {
	struct porter *porter;
	int64_t timeout_ms;
	struct task_set *tasks; /* whose tasks do the waiting, or NULL */
	bool impatient, was_unavailable;
};
struct clamd {
	struct clamd_service *service;
	/* of this message, once it is finished: */
	bool found, unavailable;
	struct buf virus, where; /* in the first that has one, and its name */
	struct buf why;          /* it is unavailable */
	size_t found_at;         /* which item that was */
	size_t n;                /* items handed over */
	/* the rest is its own: */
	int fd;                  /* the session, or -1 */
	unsigned sent;           /* commands of it */
	struct buf in;
	struct clamd_item items[CLAMD_ITEMS_MAX];
	size_t open;             /* sent and not answered */
	int64_t until_ms;
	bool reopened;
};

void clamd_open(struct clamd *c, struct clamd_service *service);
void clamd_close(struct clamd *c);
/* Until then (monotonic ms) or for the time-out, whatever is less. */
void clamd_begin(struct clamd *c, int64_t until_ms);
/* Takes the descriptor.  `name' says what it is, for the facts. */
void clamd_send(struct clamd *c, int fd, struct slice name);
/* Waits for what is not answered yet. */
void clamd_finish(struct clamd *c);

#endif
