/* SPDX-License-Identifier: ISC */
#ifndef FE_RECORD_JOBS_H
#define FE_RECORD_JOBS_H

#include "base/task.h"
#include "record/filter.h"

/*
 * The loop of a filter: each record that is not final is worked on, stamped
 * with the time it took, and written.  With a task_set (base/task.h) up to
 * `jobs' records are at work at once, as far as their bodies fit into
 * memory_max octets together (one always does): a record that waits, in its
 * own task, keeps no other from its work.  While no more may be taken
 * standard input is not read.  Records leave as they are done.
 *
 * At the end of the input, and when the stream breaks, what was read whole is
 * finished; when the output is gone nothing waits any more.
 */
struct jobs_conf {
	int64_t jobs, memory_max;
};
#define JOBS_MAX 1024
#define JOBS_OPTIONS(type, member) \
	{OPTION_NUMBER, 'j', "jobs", offsetof(type, member.jobs), "N", "128", \
	    NULL, 1, JOBS_MAX, .help = "records at work at once"}, \
	{OPTION_SIZE, 0, "memory-max", offsetof(type, member.memory_max), \
	    "SIZE", "128M", .min = 1024, .max = INT64_MAX, \
	    .help = "for the messages that are at work at once"}

struct jobs {
	struct filter *filter;
	struct task_set *tasks; /* NULL: one record after the other */
	struct jobs_conf conf;  /* with tasks */
	/* Works on one record, which stays the loop's; may wait. */
	void (*work)(void *cookie, struct record *r);
	/* Why no further record is to be begun, or NULL; may be NULL.  The
	 * stream is broken off then (filter_break). */
	const char *(*obstacle)(void *cookie);
	void *cookie;
	int64_t held; /* octets of the bodies at work */
};

/* Until there is no more; filter_close then tells how it went. */
void jobs_run(struct jobs *jobs);

#endif
