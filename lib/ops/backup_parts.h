/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_BACKUP_PARTS_H
#define FE_OPS_BACKUP_PARTS_H

#include <sys/stat.h>

#include "ops/backup.h"
#include "ops/chunker.h"
#include "ops/file_map.h"

/* What a walk over the home found. */
struct found_file {
	char *path; /* below the home */
	char *from; /* where to read it, where that is another place */
	struct stat st;
	char *address; /* of a mailbox's database, or NULL */
	bool paged;    /* by its name a database of ours */
};
struct found_files {
	struct found_file *items;
	size_t n;
	int64_t octets, regular; /* of files that have content; how many */
};
/* In the order in which they are to be read.  Folders that cannot be read are
 * added to *missed. */
int backup_walk(struct found_files *files, struct err *err);
void found_files_free(struct found_files *files);

/* One backup that is going on. */
struct backup {
	struct repository *r;
	const struct backup_options *options;
	struct backup_result *result;
	struct file_list old; /* of the newest snapshot */
	struct chunker chunker;
	unsigned char *buffer; /* 2 * BACKUP_BUFFER octets */
	bool keys_stored;
};
#define BACKUP_BUFFER ((size_t)1 << 20)

/* -1 and the sentence when somebody has asked to stop: between files and in
 * them. */
int backup_is_stopped(const struct backup *b, struct err *err);

/* Stores the content of a file and fills maps, octets, page_size and digest of
 * *e; `old' is what the newest snapshot says of it, or NULL.  1; 0 the file
 * has gone; -1. */
int backup_store_file(struct backup *b, const struct found_file *f,
    const struct file_entry *old, struct file_entry *e, struct err *err);

#endif
