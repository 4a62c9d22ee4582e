/* SPDX-License-Identifier: ISC */
#ifndef FE_STORE_MAILBOX_FILES_H
#define FE_STORE_MAILBOX_FILES_H

#include <sys/types.h>

#include "store/database.h"
#include "store/mailbox.h"

/* All the files of one mailbox. */
#define MAILBOX_FILES (MAILBOX_KEYS_NEW + 1)
#define MAILBOX_FILE_MODE 0640

struct mailbox_files {
	char *path[MAILBOX_FILES]; /* by enum mailbox_file */
};
/* ERR_USAGE where the name is none. */
int mailbox_files_init(struct mailbox_files *f, struct slice name,
    struct err *err);
void mailbox_files_free(struct mailbox_files *f);
/* HOME/mail/DOMAIN. */
int mailbox_files_make_folder(const struct mailbox_files *f, mode_t mode,
    struct err *err);
/* Removes a database with its WAL, shared memory and journal; those that are
 * not there are no error. */
int mailbox_files_remove(const char *database, struct err *err);
/* Removes the companions only. */
int mailbox_files_remove_wal(const char *database, struct err *err);
/* Opens USER.sqlite with unlocked keys: the current one, then the old ones
 * (a rekey may have stopped between its two renames). */
int mailbox_files_open(const struct mailbox_files *f,
    const struct mailbox_keys *keys, enum database_mode mode, sqlite3 **db,
    struct err *err);
/* Is one of these unlocked keys that of the first page?  Opens no database,
 * so nothing is made beside it; a WAL is not looked at. */
bool mailbox_files_fit(const struct mailbox_files *f,
    const struct mailbox_keys *keys);
/* The same of the octets that a database begins with, PAGE_SIZE_MAX suffice. */
bool mailbox_page_fits(struct slice first, const struct mailbox_keys *keys);

#endif
