/* SPDX-License-Identifier: ISC */
#ifndef FE_STORE_ACCOUNT_H
#define FE_STORE_ACCOUNT_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"

/*
 * accounts/DOMAIN/USER.json: who has a mailbox here, under which addresses
 * (fe-home(7)).  The account `user@domain' is named after its first address,
 * and so is its mailbox.  Addresses are kept as address_normalize() has them;
 * an alias may be `@domain', which takes what no other address does.
 *
 * Whoever changes anything holds account_lock().  Each document is replaced
 * whole (io_replace_file); the state says how far a change over several files
 * had come when it was cut short:
 *
 *	making    `add' is not finished: no mail, no login; add it again
 *	active
 *	removing  `remove' is not finished: no mail, no login; remove it again
 */
enum account_state { ACCOUNT_MAKING, ACCOUNT_ACTIVE, ACCOUNT_REMOVING };
const char *account_state_text(enum account_state state);

#define ACCOUNT_SIZE_MAX ((size_t)1 << 20)
#define ACCOUNT_ALIASES_MAX 1000
#define ACCOUNT_NAME_MAX 320

struct account {
	char *name;     /* user@domain: first address, mailbox */
	char **aliases; /* other addresses, in the order given */
	size_t aliases_n;
	int64_t quota; /* octets; 0: none */
	enum account_state state;
	char *kept;
};

/* Normalises an address into an account's name: ERR_USAGE where it is none,
 * or can be no file name.  Replaces out. */
int account_name(struct slice address, struct buf *out, struct err *err);
/* The same for an alias: `@domain' is one. */
int account_alias(struct slice address, struct buf *out, struct err *err);

/* Held exclusively by whoever changes accounts: HOME/accounts/.lock.  Waits
 * 10 seconds.  The descriptor is the lock; -1 and ERR_SYSTEM. */
int account_lock(struct err *err);

/* 1 found, 0 no such account, -1 (ERR_CONFIG: not to be read).  *account is
 * the caller's, account_free() when 1. */
int account_read(struct account *account, const char *name, struct err *err);
/* Its quota in octets; 0: none, or not ours to read. */
int64_t account_quota(const char *name);
/* Durable when it returns. */
int account_write(const struct account *account, struct err *err);
/* The document alone; one that is not there is no error. */
int account_delete(const char *name, struct err *err);
void account_free(struct account *account);

struct account_list {
	struct account *items; /* sorted by name */
	size_t n;
	size_t bad;          /* documents that could not be read */
	struct err bad_first; /* why the first of them */
};
/* All accounts.  A document that cannot be read is counted, not fatal. */
int account_list_read(struct account_list *list, struct err *err);
void account_list_free(struct account_list *list);
/* Whose address it is, or NULL. */
const struct account *account_list_owner(
    const struct account_list *list, const char *address);

/* Rewrites HOME/run/recipients from the active accounts, by rename, unless it
 * is so already.  Two accounts with one address: ERR_CONFIG. */
int account_list_publish(const struct account_list *list, struct err *err);

#endif
