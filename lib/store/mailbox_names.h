/* SPDX-License-Identifier: ISC */
#ifndef FE_STORE_MAILBOX_NAMES_H
#define FE_STORE_MAILBOX_NAMES_H

#include <stddef.h>

#include "base/err.h"

/* The names of all mailboxes of the home, sorted: whatever has keys, the
 * quarantine first.  Files of other names are passed over. */
struct mailbox_names {
	char **items;
	size_t n;
};
/* Free with mailbox_names_free, also after -1 (a folder cannot be read). */
int mailbox_names_read(struct mailbox_names *names, struct err *err);
void mailbox_names_free(struct mailbox_names *names);

#endif
