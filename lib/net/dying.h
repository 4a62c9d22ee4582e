/* SPDX-License-Identifier: ISC */
#ifndef FE_NET_DYING_H
#define FE_NET_DYING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Pipelines that their sessions are done with, of a parent that must not wait
 * for any of them: each has its time to end by itself, then its group is
 * killed.
 */
struct dying {
	struct dying_one {
		pid_t pid;       /* also the group */
		int64_t kill_ms; /* clock_monotonic_ms; 0: was killed */
	} *items;
	size_t n, capacity;
};

void dying_add(struct dying *d, pid_t pid, int64_t patience_ms);
/* waitpid(2) gave this one: false if it is none of ours.  A status that is
 * not 0 is logged, and what its leader has left of the group is killed. */
bool dying_reap(struct dying *d, pid_t pid, int status);
/* Kills those whose time is up; with `all' everybody. */
void dying_kill(struct dying *d, bool all);
void dying_free(struct dying *d);

#endif
