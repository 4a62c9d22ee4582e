/* SPDX-License-Identifier: ISC */
#ifndef FE_NET_AHEAD_H
#define FE_NET_AHEAD_H

#include <stddef.h>
#include <stdint.h>

#include "net/launch.h"

/*
 * Connections to a pool that are made before anybody wants one, several at a
 * time: a session that is born with one need not ask for it, and the pool
 * wakes once for all of them.
 */
#define AHEAD_MAX 4

struct ahead {
	const struct launch_conf *launch;
	int fds[AHEAD_MAX];
	size_t n;
	int64_t retry_ms; /* the pool is away until then */
};

void ahead_init(struct ahead *a, const struct launch_conf *launch);
/* One, the caller's, whose number is above `above'; -1: there is none, as
 * where pipelines are started and not reached.  It may have been closed by
 * the pool since. */
int ahead_take(struct ahead *a, int above);
void ahead_free(struct ahead *a);

#endif
