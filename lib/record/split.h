/* SPDX-License-Identifier: ISC */
#ifndef FE_RECORD_SPLIT_H
#define FE_RECORD_SPLIT_H

#include "record/source.h"

/*
 * Records into files of one folder, never over one that is there:
 *
 *	SPLIT_FILES    ID.eml
 *	SPLIT_MAILDIR  Maildir++: cur/ and new/, `.A.B' for folder A/B, flags
 *	SPLIT_MBOX     FOLDER.mbox (mboxrd), A.B.mbox for folder A/B
 *
 * Bodies are written with the line ends that they had where fe-cat read them
 * (lines.h); where nobody knows, as they are into ID.eml, with LF else.  A
 * file gets its name when it is whole and on the disk (many are synced at
 * once, so names come in batches); folders are synced by split_close.  A
 * crash leaves files `.fe-split.*' or in tmp, and no other half ones.
 */
#define SPLIT_BATCH 256

enum split_form { SPLIT_FILES, SPLIT_MAILDIR, SPLIT_MBOX };

struct split_folder {
	char *path;      /* Maildir folder, or the mbox itself */
	char *temporary; /* of an mbox */
};
struct split_file {
	char *temporary, *path;
};
struct split {
	const char *root;
	enum split_form form;
	struct split_folder *folders; /* those used so far */
	size_t n;
	struct split_file waiting[SPLIT_BATCH]; /* for a sync and their name */
	size_t waiting_n;
	struct buf octets;
	bool inexact; /* line ends of some message could not be restored */
};

/* Makes the folder where it is missing. */
int split_open(struct split *s, const char *root, enum split_form form,
    struct err *err);
/* ERR_MESSAGE: this record cannot be written (no valid id, a receipt, a bad
 * folder name, the file is there already); the next one can. */
int split_put(struct split *s, const struct record *r, struct err *err);
/* Gives the mboxes their names, syncs the folders, frees. */
int split_close(struct split *s, struct err *err);

#endif
