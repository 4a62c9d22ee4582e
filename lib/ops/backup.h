/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_BACKUP_H
#define FE_OPS_BACKUP_H

#include <signal.h>

#include "ops/snapshot.h"

/*
 * A backup of the home: what has changed since the newest snapshot goes into
 * the repository, then the snapshot.  Runs while mail flows, with no key of a
 * mailbox: journal segments first, then mailboxes, then the rest, so that what
 * left the journal meanwhile is in its mailbox.
 *
 * Left out: keys/service, keys/backup, USER.keys (key_object.h), locks,
 * sockets, WALs (their pages are in the database's copy).
 */
struct backup_options {
	int64_t lock_wait_ms; /* for a mailbox that is being rekeyed */
	const volatile sig_atomic_t *stop; /* set by a signal, or NULL */
	/* Now and then; NULL: nobody looks. */
	void (*progress)(void *context, int64_t octets, int64_t of_octets,
	    int64_t files, int64_t of_files);
	void *context;
	int (*renew)(void *context, struct err *err); /* the lock; or NULL */
};

struct backup_result {
	struct snapshot snapshot;
	int64_t changed;       /* files that were read */
	int64_t without_keys;  /* mailboxes that have no slot for us */
	char *first_without_keys;
	struct err first_missed; /* why the first of snapshot.missed */
};
void backup_result_free(struct backup_result *result);

/* The index is read, the lock held by the caller.  0 also where files were
 * missed; -1: no snapshot was made, and what was sent is found by the next
 * one. */
int backup_run(struct repository *r, const struct backup_options *options,
    struct backup_result *result, struct err *err);

#endif
