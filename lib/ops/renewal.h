/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_RENEWAL_H
#define FE_OPS_RENEWAL_H

#include "ops/rotation.h"
#include "ops/vault.h"

/*
 * A new repository of backups in the place of one, since all its keys follow
 * from one that cannot be changed:
 *
 *	1 the repository is renamed to FOLDER-old-XXXXXXXX (in S3: moved
 *	  there), its keys here to NAME-old-XXXXXXXX
 *	2 a new one is made in its place; its key is shown once
 *	3 the mailboxes get keyslots for it, and the first backup is made
 *	4 after the overlap, when its snapshots are of no use any more, the old
 *	  repository is removed, its keyslots and keys are destroyed
 *
 * Until then what is in the old one is restored from there, by its key or by
 * those that are kept here.
 */
#define RENEWAL_SUFFIX_SIZE 16 /* `old-' and 8 digits of the key's id */

struct renewal {
	struct backup_conf conf;
	const char *name;
	char suffix[RENEWAL_SUFFIX_SIZE];
};

void renewal_make_suffix(const char *check,
    char suffix[RENEWAL_SUFFIX_SIZE]);
/* keys/backup/NAME.KIND, or NAME-SUFFIX.KIND. */
const char *renewal_path(struct buf *path, const char *name,
    const char *suffix, const char *kind);
bool renewal_has_key(const char *name, const char *suffix, const char *kind);
/* The id of the repository key whose subkeys are here. */
int renewal_check(const char *name, char check[KEY_ID_SIZE],
    struct err *err);
/* The repository's config as it lies there.  1, 0 there is none, -1. */
int renewal_look(const struct destination_options *options,
    struct repository_config *config, struct err *err);

/* Steps 1 to 3, from wherever they are; `old' is the key's id of before. */
int renewal_run(struct rotation *r, struct renewal *b, const char *old,
    struct err *err);
/* Step 4 (renewal_end.c).  Where nothing may be deleted from here the keys
 * alone go. */
int renewal_end(struct rotation *r, const struct renewal *b,
    struct err *err);

#endif
