/* SPDX-License-Identifier: ISC */
#ifndef FE_RECORD_PIPELINE_H
#define FE_RECORD_PIPELINE_H

#include "record/meta.h"

/*
 * The delivery pipeline as a server sees it: records go into it, receipts
 * come back.  Whoever starts it (net/monitor.h) is asked through two calls,
 * so that this works inside a sandbox.  One record is in flight at a time;
 * its segment ends when the pipeline does.
 */
struct pipeline {
	/* Starts it (an earlier one is killed): the ends of its standard
	 * input and output; one that is reached and not started, a pool, is
	 * one descriptor. */
	int (*start)(void *context, int *to, int *from, struct err *err);
	void (*kill)(void *context);
	void *context;
	int to, from;     /* -1: not running */
	int64_t sent;     /* records in the segment */
	struct buf input; /* read, not yet used */
};

enum pipeline_result {
	PIPELINE_RECEIPT,
	PIPELINE_DIED,   /* or answered with what is no receipt */
	PIPELINE_TIMEOUT /* and was killed */
};

void pipeline_init(struct pipeline *p,
    int (*start)(void *context, int *to, int *from, struct err *err),
    void (*kill)(void *context), void *context);
/* Starts it unless it runs. */
int pipeline_ensure(struct pipeline *p, struct err *err);
/* Sends a record (meta line with its LF, then head and body, which make up
 * its size) and waits for the receipt with that id until deadline_ms
 * (clock_monotonic_ms).  When the pipeline dies it is started once more and
 * gets the same record again.  `receipt' is the caller's to free at
 * PIPELINE_RECEIPT. */
enum pipeline_result pipeline_deliver(struct pipeline *p, struct slice id,
    struct slice meta, struct slice head, struct slice body,
    int64_t deadline_ms, struct meta *receipt, struct err *err);
/* Writes the end mark, closes its input and waits until it has closed its
 * output, at most timeout_ms. */
void pipeline_end(struct pipeline *p, int64_t timeout_ms);

#endif
