/* SPDX-License-Identifier: ISC */
#ifndef FE_STORE_MAILBOX_H
#define FE_STORE_MAILBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "crypto/keyslot.h"
#include "journal_key.h"

/*
 * A mailbox: HOME/mail/DOMAIN/USER.sqlite (fe-mailbox(5), every page
 * encrypted), USER.keys (crypto/keyslot.h) and USER.lock (an empty file to
 * flock).  A handle may stay open for long, and nothing is locked between
 * transactions.  Each transaction holds a shared flock on USER.lock; after
 * taking it the files are looked at, and when another program has put a new
 * database or new keys in their place, the handle closes and opens again by
 * itself.  rekey, restore and erase hold the flock exclusively.
 *
 *	mailbox_open(&m, name, &service, &err);
 *	mailbox_begin(m, MAILBOX_READ, &err);
 *	... folder_*, message_*, search_* ...
 *	mailbox_commit(m, &err);
 *	mailbox_close(m);
 *
 * Names are `user@domain' as run/recipients has them.  Errors: ERR_USAGE
 * there is no such mailbox (or no more: it was erased); ERR_SYSTEM locked,
 * busy, disk full, read-only: a retry may help; ERR_CONFIG no key fits,
 * damage, or written by a newer version.
 */
struct mailbox;

#define MAILBOX_NAME_MAX 400
/* The site's quarantine, a mailbox without an owner: mail/.quarantine.*. */
#define MAILBOX_QUARANTINE ".quarantine"

enum mailbox_file {
	MAILBOX_DATABASE, /* USER.sqlite */
	MAILBOX_KEYS,     /* USER.keys */
	MAILBOX_LOCK,     /* USER.lock */
	MAILBOX_NEW,      /* .USER.sqlite.new: being made */
	MAILBOX_REKEY,    /* .USER.sqlite.rekey: being written, new key */
	MAILBOX_KEYS_NEW  /* .USER.keys.new: left by a writer that was killed */
};
/* Replaces out with the path; NULL and ERR_USAGE where the name is none. */
const char *mailbox_path(struct buf *out, struct slice name,
    enum mailbox_file file, struct err *err);

/* Makes folder, lock, USER.keys and the database, in an order that a crash
 * leaves either nothing that counts or the whole mailbox (then call again).
 * `keys' is unlocked (mailbox_keys_make and what slots it shall have) and is
 * written by this.  ERR_USAGE when the mailbox is there already. */
int mailbox_create(struct slice name, struct mailbox_keys *keys,
    struct err *err);

/* How a mailbox is opened: with a service key, or with a password (one of the
 * two; the texts are the caller's and outlive the handle). */
struct mailbox_opener {
	const struct service_keys *service;
	const char *password;
	int64_t wait_ms; /* for locks; 0: 10 seconds, negative: not at all */
	bool read_only;  /* never write, not even an upgrade or the index */
	bool lazy;       /* a commit is durable after mailbox_sync() only */
	bool locked;     /* the caller holds USER.lock exclusively */
};
/* wait_ms of so many seconds, 0 of which are no wait. */
static inline int64_t
mailbox_wait_ms(int64_t seconds)
{
	return seconds > 0 ? seconds * 1000 : -1;
}
int mailbox_open(struct mailbox **m, struct slice name,
    const struct mailbox_opener *opener, struct err *err);
void mailbox_close(struct mailbox *m); /* accepts NULL; rolls back */
/* Were its files erased or replaced since its last transaction?  Takes no lock:
 * the next transaction looks again. */
bool mailbox_is_replaced(const struct mailbox *m);
struct slice mailbox_name(const struct mailbox *m);
int64_t mailbox_generation(const struct mailbox *m);
/* What the delivery journal encrypts with for it; ours. */
const struct journal_key *mailbox_journal_key(const struct mailbox *m);
/* From now on wait so long for USER.lock, and for another writer. */
void mailbox_set_wait(struct mailbox *m, int64_t lock_ms, int64_t busy_ms);

enum mailbox_transaction { MAILBOX_READ, MAILBOX_WRITE };
int mailbox_begin(struct mailbox *m, enum mailbox_transaction kind,
    struct err *err);
/* Durable when it returns 0 (WAL, synchronous=FULL).  After -1 nothing of the
 * transaction is there. */
int mailbox_commit(struct mailbox *m, struct err *err);
/* All commits of a lazy handle are durable when it returns 0. */
int mailbox_sync(struct mailbox *m, struct err *err);
void mailbox_rollback(struct mailbox *m); /* harmless outside of one */
bool mailbox_in_transaction(const struct mailbox *m);

struct mailbox_count {
	int64_t folders, messages, octets, pending; /* pending: not indexed */
	int64_t unparsed;
	int64_t file_octets; /* database and WAL on disk */
};
/* Both within a transaction; of all messages, quick. */
int mailbox_octets(struct mailbox *m, int64_t *octets, struct err *err);
int mailbox_counts(struct mailbox *m, struct mailbox_count *out,
    struct err *err);

#endif
