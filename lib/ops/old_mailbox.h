/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_OLD_MAILBOX_H
#define FE_OPS_OLD_MAILBOX_H

#include "ops/restore.h"
#include "store/message.h"

/*
 * A mailbox as a snapshot has it: its ciphertext in a folder of its own below
 * the home, which is removed at the close, opened with the keys that the
 * repository holds of it.  The repository's slot key must be here.
 */
struct old_mailbox {
	struct mailbox *mailbox;
	char *folder; /* a home of its own */
	struct service_keys service; /* for this alone, in memory */
};
int old_mailbox_open(struct old_mailbox *old, struct repository *r,
    const struct file_list *list, const char *address, struct err *err);
/* Opens the mailbox of an entry that lies in the home `folder' already. */
int old_mailbox_open_at(struct old_mailbox *old, struct repository *r,
    const struct file_entry *e, const char *address, const char *folder,
    struct err *err);
void old_mailbox_close(struct old_mailbox *old);
/* A new folder HOME/restore/XXXXXX, for free(3), and its end. */
char *old_mailbox_make_folder(struct err *err);
void old_mailbox_remove_folder(const char *folder);

/* Which of its messages: all, or those of a folder, a UID in it, a Message-ID
 * (with or without angle brackets), a query. */
struct old_choice {
	const char *folder; /* or NULL */
	int64_t uid;        /* or 0 */
	const char *message_id;
	const char *query;
};
/* ERR_USAGE: no such folder.  None found is no error. */
int old_mailbox_choose(struct old_mailbox *old,
    const struct old_choice *choice, struct message_refs *refs,
    struct err *err);

struct old_copied {
	int64_t copied, present;
};
/*
 * Puts them into a mailbox of the running service: into the folder `into', or
 * the folder where they lay, which is made.  What is there already, by the id
 * it was delivered under and its octets, is not doubled.  `clear' empties
 * those folders first.  Flags and dates go along; one transaction.
 */
int old_mailbox_copy(struct old_mailbox *old, const struct message_refs *refs,
    struct mailbox *to, const char *into, bool clear, bool dry_run,
    struct old_copied *copied, struct err *err);

#endif
