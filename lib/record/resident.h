/* SPDX-License-Identifier: ISC */
#ifndef FE_RECORD_RESIDENT_H
#define FE_RECORD_RESIDENT_H

#include <sys/types.h>

#include "record/stream.h"

/*
 * One resident pipeline: a program (usually a shell script of filters) that
 * reads records on its standard input and answers each with a record of the
 * same id on its standard output, in any order.  Neither end blocks us.
 */
struct pool_item {
	struct record *record; /* kept until it is answered */
	struct buf line;       /* its meta, as written */
	int64_t held;          /* octets that count for the pool */
	unsigned deaths;       /* pipelines that died with it in hand */
	int64_t since_ms;      /* monotonic: when it was read whole */
	int64_t until_ms;      /* monotonic: when its answer is due */
	void *owner;           /* who waits for the answer; NULL: nobody */
	size_t place;          /* of pool_ids.h; 0: none */
	struct pool_item *next;
};
/* Takes the record.  The deadline comes from its meta, else `wait_ms'. */
struct pool_item *pool_item_new(struct record *record, void *owner,
    int64_t wait_ms);
void pool_item_free(struct pool_item *item);

struct resident {
	pid_t pid;    /* 0: not running */
	int in, out;  /* its standard input and output */
	struct record_reader answers;
	/* Given to it, not answered; *owed_end is the NULL behind the last */
	struct pool_item *owed, **owed_end;
	size_t owed_n;
	struct pool_item *writing; /* among the owed; NULL: none */
	size_t written;                /* octets of it */
	int64_t taken, answered;       /* since the start */
	int64_t started_ms;            /* monotonic */
	bool ending;                   /* it gets no more items */
};

/* Starts argv as a process group.  ERR_SYSTEM. */
int resident_start(struct resident *p, char *const argv[], int64_t size_max,
    struct err *err);
/* May it take an item now?  It runs, writes none and is not ending. */
bool resident_is_free(const struct resident *p);
/* Gives it an item; resident_write does the rest. */
void resident_give(struct resident *p, struct pool_item *item);
/* Is there something to write when `in' is writable? */
bool resident_wants_write(const struct resident *p);
/* Writes on. -1: it does not read any more. */
int resident_write(struct resident *p);
/* Reads when `out' is readable: RECORD_READ gives the answer and the item
 * that it answers (both the caller's); a record that answers nothing is
 * dropped and RECORD_MARK comes instead.  RECORD_AGAIN: later.  RECORD_END
 * and RECORD_BROKEN: it has ended. */
enum record_event resident_read(struct resident *p, struct record **answer,
    struct pool_item **item, struct err *err);
/* No more items: resident_write puts an end mark behind the item being
 * written and closes its input.  It then answers what it owes and ends. */
void resident_finish(struct resident *p);
/* Kills the group, reaps it, and hands back what it owed (a list, oldest
 * first).  The pipeline may be started again. */
struct pool_item *resident_stop(struct resident *p, int *status);

#endif
