/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_DRILL_H
#define FE_OPS_DRILL_H

#include <signal.h>

#include "ops/snapshot.h"

/*
 * A restore drill: mailboxes of the newest snapshot, drawn by lot or all of
 * them, are restored into a folder of their own and opened with the keys that
 * the repository holds; every page's tag, SQLite's own structures and the
 * counts that the folders keep are checked, the trailers on disk are compared
 * with the snapshot's digest, and so are other files, read whole.  By as many
 * threads as a restore has, so that it takes the time of one; `fault' is called
 * by one of them at a time.
 */
struct drill_options {
	int64_t sample;       /* mailboxes; 0: everything */
	const char *opened_by; /* `repository key', `host' */
	const volatile sig_atomic_t *stop;
	void (*fault)(void *context, const struct err *err);
	void *context;
};
struct drill_result {
	char snapshot[SNAPSHOT_NAME_SIZE];
	int64_t snapshot_ms, time_ms;
	int64_t mailboxes, of_mailboxes, messages, files;
	int64_t octets, of_octets;
	int64_t took_ms; /* until the last octet was there and open */
	int64_t full_ms; /* what all of it would take, in proportion */
	int64_t faults;
};
int drill_run(struct repository *r, const struct drill_options *options,
    struct drill_result *result, struct err *err);

/*
 * The report: {"report":{...},"key":HEX,"signature":HEX}, signed by Ed25519
 * over the octets of the member `report' with the host's drill key
 * (keys/backup/drill.seed, made at need), and kept in HOME/backup and at the
 * destination.
 */
int drill_report(struct destination *d, const char *name,
    const struct drill_options *options, const struct drill_result *result,
    struct buf *text, struct err *err);
/* 0: the signature is that of the key in it, which is in key (hex). */
int drill_verify(struct slice text, char key[65], struct err *err);

#endif
