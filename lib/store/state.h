/* SPDX-License-Identifier: ISC */
#ifndef FE_STORE_STATE_H
#define FE_STORE_STATE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "sql_cache.h"

/*
 * What the databases below HOME/state have in common (fe-home(7)): encrypted
 * under keys/state.key, a table schema(name, version), shared by any number
 * of processes, and expendable.  Commits are not synced one by one
 * (synchronous=normal): a killed process loses the transaction in hand, a
 * power failure what was committed since the last checkpoint; neither leaves
 * a damaged file.
 *
 * A database that cannot be used is not asked again for STATE_RETRY_MS.
 *
 * A key that is rotated (fe-rotate-keys(8)) is taken with the next
 * transaction by who can fetch it; who cannot goes on with the database that
 * he has open, which is nobody else's any more, and makes none anew.
 */
#define STATE_RETRY_MS 5000
#define STATE_NEW_KEY_MS 200 /* while what the old key made goes */
#define STATE_KEY_SIZE 16 /* octets of a pseudonym */

struct state {
	sqlite3 *db;
	struct sql_cache sql;
	const char *name; /* `limit': HOME/state/limit.sqlite */
	const char *tables;
	int version;
	int64_t wait_ms;
	struct buf path;
	unsigned char *key, *pseudonym_key; /* secret arena */
	int64_t retry_ms; /* clock_monotonic_ms; 0: now */
	bool begun;
	struct buf key_path;
	struct stat key_file; /* whose octets we have */
	int64_t key_retry_ms, key_new_ms;
	int (*fetch_key)(void *context, struct err *err);
	void *fetch_context;
};

/* Reads the key; the file itself is opened by the first state_begin, which may
 * be within a sandbox that lets state/ be read and written.  `name', `tables'
 * (SQL that makes them) and `version' outlive the state; wait_ms is how long
 * to wait for another process's lock.  ERR_CONFIG, ERR_SYSTEM: no key. */
int state_open(struct state *s, const char *name, const char *tables,
    int version, int64_t wait_ms, struct err *err);
void state_close(struct state *s);
/* Within a sandbox: `fetch' gives a descriptor on keys/state.key, to be read
 * when the file is another one; -1 and a sentence. */
void state_set_fetch(struct state *s,
    int (*fetch)(void *context, struct err *err), void *context);
/* Begins a transaction that writes.  -1: the state cannot be had now; that
 * sentence is given once in STATE_RETRY_MS, between them err stays clear. */
int state_begin(struct state *s, struct err *err);
/* The same for one that only reads, and waits for nobody; ended by
 * state_rollback. */
int state_look(struct state *s, struct err *err);
/* Either ends it.  state_fail also after any other call has failed: the
 * database is closed, to be tried again later. */
int state_commit(struct state *s, struct err *err);
void state_rollback(struct state *s);
void state_fail(struct state *s);

/* Before a commit: keeps a table `entry' with the columns key (pseudonyms) and
 * until (ms since 1970) in bounds, where so many rows were added.  Rows past
 * their time go in passing, so that no more than a quarter of all are such;
 * over size_max octets random rows go, four for each that came. */
int state_sweep(struct state *s, unsigned added, int64_t size_max,
    int64_t now_ms, struct err *err);

/* How an identity is called on disk and wherever it is shown: a BLAKE2b-128
 * of these octets, keyed by state.key and the name of the state. */
void state_pseudonym(const struct state *s, struct slice identity,
    unsigned char out[STATE_KEY_SIZE]);

/* Removes the files: what was damaged is made anew by the next state_begin. */
int state_remove(struct state *s, struct err *err);

#endif
