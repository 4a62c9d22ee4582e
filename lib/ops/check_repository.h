/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_CHECK_REPOSITORY_H
#define FE_OPS_CHECK_REPOSITORY_H

#include <signal.h>

#include "ops/repository.h"

/*
 * Is a repository whole?  Every snapshot, its lists and maps are read, every
 * blob that they need is in an index and every pack of an index is there in
 * its length; with read_data every octet of every pack is read and its tags
 * and ids are checked, too.
 */
struct repository_check {
	bool read_data;
	const volatile sig_atomic_t *stop;
	void (*fault)(void *context, const struct err *err);
	void *context;
	/* Results. */
	int64_t snapshots, packs, blobs, octets, mailboxes;
	int64_t faults;
	int64_t unread; /* packs that this host has no key for */
};
/* -1: it could not be looked at to the end. */
int repository_check_run(struct repository *r, struct repository_check *c,
    struct err *err);

#endif
