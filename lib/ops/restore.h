/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_RESTORE_H
#define FE_OPS_RESTORE_H

#include <signal.h>

#include "crypto/keyring.h"
#include "ops/kept_blobs.h"
#include "ops/snapshot.h"

/*
 * Files out of a snapshot.  Every octet was authenticated; of a database each
 * page's trailer is compared with the one that the snapshot noted.
 */
typedef int restore_write(void *context, struct slice octets,
    struct err *err);
/* `blobs' are the caller's, kept from one file to the next, or NULL. */
int restore_content(struct repository *r, const struct file_entry *e,
    struct kept_blobs *blobs, restore_write *write, void *context,
    struct err *err);
/* Makes the file, which may not be there, and does not sync it; mode 0600. */
int restore_file(struct repository *r, const struct file_entry *e,
    const char *path, struct err *err);

/* Calls `run' in several threads at once, this one and others, none of which
 * is needed: while one waits for the disk others decrypt.  They read past the
 * page cache. */
void restore_in_threads(struct repository *r, void *(*run)(void *context),
    void *context);

struct restore_options {
	bool dry_run;
	/* Of the files below this folder or of this name; NULL: all. */
	const char *below;
	const volatile sig_atomic_t *stop;
	void (*progress)(void *context, int64_t octets, int64_t of_octets,
	    int64_t files, int64_t of_files);
	/* Each file as it comes, for -v and -n; may be NULL. */
	void (*each)(void *context, const struct file_entry *e);
	void *context;
};
struct restore_result {
	int64_t files, octets, mailboxes, without_keys;
	char *first_without_keys;
	int64_t kept; /* were there already, and were left as they are */
};
void restore_result_free(struct restore_result *result);

/*
 * Everything into the home that is set (home.h), where what exists is left as
 * it is.  Owners by their names, if we are root.  Then each mailbox gets a
 * USER.keys for a service key of this home, which is made where there is none,
 * if the repository's slot key is here.  Durable when it returns 0.
 */
int restore_home(struct repository *r, const struct file_list *list,
    const struct restore_options *options, struct restore_result *result,
    struct err *err);

/* The service keys of the home that is set; where it has none, one is made. */
int restore_service_keys(struct service_keys *service, struct err *err);
/* Writes USER.keys for a restored database of the home that is set: the keys
 * that open it, a service slot, the backup slot.  `first' is what the database
 * begins with, if somebody has it in memory. */
int restore_keys(struct repository *r, const struct file_entry *e,
    const char *address, struct slice first,
    const struct service_keys *service, struct err *err);
/* The address of a mailbox's database, for free(3); else NULL. */
char *restore_address(const struct file_entry *e);

#endif
