/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_LEDGER_H
#define FE_OPS_LEDGER_H

#include "ops/hash_chain.h"

/*
 * HOME/keys/ledger.jsonl: what was done to keys, as a linked chain of lines
 * (hash_chain.h).  Whoever wrote down the hash of the last line knows later
 * that nothing was cut off, either.
 *
 *	{"fe":1,"n":1,"time":"2026-11-27T10:00:00.000Z","kind":"dkim",
 *	 "name":"example.org","event":"begun","id":"...","previous":"0000..."}
 *
 * `begun' and `done' of one kind and name go together: what is begun and not
 * done was cut short, and is gone on with.
 */
#define LEDGER_FILE "keys/ledger.jsonl"

struct ledger_entry {
	char *kind, *name, *event;
	char *id; /* of a key; empty: none */
	int64_t time_ms;
};
/* Zeros are an empty one. */
struct ledger {
	struct hash_chain chain;
	struct ledger_entry *items; /* of each line of the chain */
	size_t n;
};

/* Of a text, which may be hostile: fills items up to the first bad line. */
void ledger_parse(struct ledger *ledger, struct slice text);
/* Reads the file; there is none: empty. */
int ledger_read(struct ledger *ledger, struct err *err);
/* The same to add to, and locked: ERR_SYSTEM where another rotation has it.
 * What a crash left of a line is taken away. */
int ledger_open(struct ledger *ledger, struct err *err);
void ledger_close(struct ledger *ledger);

/* Durable when it returns.  `id' may be NULL. */
int ledger_add(struct ledger *ledger, const char *kind, const char *name,
    const char *event, const char *id, struct err *err);

/* The newest of that event (NULL: any), or NULL. */
const struct ledger_entry *ledger_find(const struct ledger *ledger,
    const char *kind, const char *name, const char *event);
/* The newest `begun' that has no `done', or NULL. */
const struct ledger_entry *ledger_begun(const struct ledger *ledger,
    const char *kind, const char *name);

#endif
