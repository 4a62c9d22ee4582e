/* SPDX-License-Identifier: ISC */
#ifndef FE_STORE_FOLDER_H
#define FE_STORE_FOLDER_H

#include "store/mailbox.h"

/*
 * Folders of a mailbox.  Names are UTF-8 with `/' between levels; INBOX is
 * one name in any case.  A new mailbox has INBOX, Sent, Drafts, Junk, Trash
 * and Archive.  UIDVALIDITY is given once and never used again; UIDs only
 * grow; MODSEQ (RFC 7162) is one counter for the whole mailbox.
 */
#define FOLDER_NAME_MAX 255
#define FOLDERS_MAX 10000

struct folder {
	int64_t id;
	char name[FOLDER_NAME_MAX + 1];
	char special[16]; /* RFC 6154 attribute, `\Junk', or empty */
	uint32_t uidvalidity;
	int64_t uidnext;
	int64_t modseq; /* highest in it */
	int64_t messages, unseen, octets;
};

/* UTF-8, no control characters, no empty level, at most 255 octets. */
bool folder_name_is_valid(struct slice name);
/* All within a transaction.  1 found, 0 no such folder, -1.  The counts are
 * filled by folder_list and folder_status only. */
int folder_find(struct mailbox *m, struct slice name, struct folder *out,
    struct err *err);
/* As folder_find, but makes it where it is missing.  ERR_USAGE for a bad
 * name or too many. */
int folder_make(struct mailbox *m, struct slice name, struct folder *out,
    struct err *err);
int folder_status(struct mailbox *m, int64_t id, struct folder *out,
    struct err *err);
/* All of them by name, INBOX first; free(*out). */
int folder_list(struct mailbox *m, struct folder **out, size_t *n,
    struct err *err);
/* ERR_USAGE: INBOX, not there, or the new name is taken. */
int folder_rename(struct mailbox *m, struct slice from, struct slice to,
    struct err *err);
/* With all its messages.  ERR_USAGE: INBOX, or not there. */
int folder_delete(struct mailbox *m, struct slice name, struct err *err);

#endif
