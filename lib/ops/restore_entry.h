/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_RESTORE_ENTRY_H
#define FE_OPS_RESTORE_ENTRY_H

#include <pthread.h>
#include <signal.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/direct_file.h"
#include "ops/file_entry.h"
#include "ops/kept_blobs.h"

/* The user and the group looked up last, for all threads. */
struct restore_owners {
	pthread_mutex_t mutex;
	char *user, *group;
	uid_t uid;
	gid_t gid;
};
void restore_owners_init(struct restore_owners *owners);
void restore_owners_free(struct restore_owners *owners);

/*
 * Makes entries of a snapshot in the home that is set, one thread with each.
 * A file is written past the page cache (direct_file.h) under another name
 * and gets its own when it is whole: who is killed leaves none that the next
 * run would take for one that was there.  Nothing is durable before the file
 * system is synced.
 */
struct restore_maker {
	struct repository *r;
	struct restore_owners *owners;
	const volatile sig_atomic_t *stop; /* or NULL; within a file, too */
	struct direct_file file;
	struct buf first; /* what the file made last begins with */
	struct kept_blobs blobs;
	struct buf name, path;
};
void restore_maker_init(struct restore_maker *m, struct repository *r,
    struct restore_owners *owners, const volatile sig_atomic_t *stop);
void restore_maker_free(struct restore_maker *m);

/* 1 made; 0 something is there, which stays; -1.  Owners by their names, if
 * we are root. */
int restore_make(struct restore_maker *m, const struct file_entry *e,
    struct err *err);

#endif
