/* SPDX-License-Identifier: ISC */
#ifndef FE_STORE_ACCOUNT_CHANGE_H
#define FE_STORE_ACCOUNT_CHANGE_H

#include <stdbool.h>

#include "crypto/recovery.h"
#include "store/account.h"

/*
 * What touches account, login hash, mailbox and recipients together, in an
 * order that a crash leaves nothing half usable; the same command run again
 * goes on from there.  The caller holds account_lock() all along.
 *
 *	add	document `making'; mailbox with its slots; login hash
 *		(account_add) - the caller hands out the recovery key -
 *		document `active'; recipients (account_activate)
 *	passwd	keys with the old and the new password slot; login hash;
 *		keys with the new one alone: hash and slot always fit
 *	remove	document `removing'; recipients; if asked the mailbox, its
 *		keys first; login hash; document
 */
struct account_new {
	const char *name;
	char **aliases; /* normalised */
	size_t aliases_n;
	int64_t quota;
	const char *password;
	bool adopt; /* take over a mailbox that an earlier account left */
};
/* ERR_USAGE: it is there, or an address is another account's, or a mailbox is
 * there and may not be taken over. */
int account_add(const struct account_new *new,
    char recovery[RECOVERY_TEXT_SIZE], struct err *err);
int account_activate(const char *name, struct err *err);

/* Who may set a new password: exactly one of the three. */
struct account_proof {
	bool service;              /* whoever can read keys/service */
	const char *password;      /* the old one */
	const unsigned char *recovery; /* the octets of the recovery key */
};
/* `recovery' not NULL: makes a new recovery key as well (the old one opens
 * nothing any more once this returned). */
int account_set_password(const char *name, const struct account_proof *proof,
    const char *password, char *recovery, struct err *err);

/* `erase': destroys the mailbox, too.  ERR_USAGE: no such account. */
int account_remove(const char *name, bool erase, struct err *err);

/* Reads all accounts; ERR_CONFIG if one of them cannot be read: nothing is
 * changed before that is mended, since its mail would be refused. */
int account_list_sound(struct account_list *list, struct err *err);

#endif
