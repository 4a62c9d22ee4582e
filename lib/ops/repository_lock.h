/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_REPOSITORY_LOCK_H
#define FE_OPS_REPOSITORY_LOCK_H

#include "ops/destination.h"

/*
 * Who works on a repository: locks/ID, plain JSON with host, process and time.
 * Readers stand beside each other and beside the one who adds; who removes
 * stands alone.  A lock whose process is gone (of this host, by its start
 * time and the host's boot) does not count and is taken away; one of another
 * host does not when it was not renewed for two hours.
 */
enum repository_use { REPOSITORY_READ, REPOSITORY_ADD, REPOSITORY_REMOVE };

struct repository_lock {
	struct destination *destination;
	char name[48]; /* empty: not held */
	enum repository_use use;
	int64_t since_ms, renewed_ms;
};
#define REPOSITORY_LOCK_INIT {.destination = NULL}

/* Waits at most wait_ms.  ERR_SYSTEM with a sentence that names the other.
 * A destination that can only be read gives a lock of nothing to readers.
 * Reading from the destination renews it, so that it must stay where it is
 * until it is released. */
int repository_lock_take(struct repository_lock *lock, struct destination *d,
    enum repository_use use, int64_t wait_ms, struct err *err);
/* Writes the time into it, at most once in ten minutes. */
int repository_lock_renew(struct repository_lock *lock, struct err *err);
void repository_lock_release(struct repository_lock *lock);
/* Takes all locks away, or (all false) those of dead processes; how many. */
int repository_unlock(struct destination *d, bool all, size_t *n,
    struct err *err);

#endif
