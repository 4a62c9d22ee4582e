/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_FILE_ENTRY_H
#define FE_OPS_FILE_ENTRY_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "ops/pack.h"

/*
 * What a snapshot says of one file, folder or link: a line of JSON in its
 * list, whose lines are sorted by path.
 */
#define ENTRY_STAMP_SIZE 17

struct file_entry {
	char *path; /* below the home, without a leading slash */
	char type;  /* `f' file, `d' folder, `l' link */
	uint32_t mode, uid, gid;
	char *user, *group; /* names, or NULL */
	int64_t changed_ns; /* modification time */
	int64_t octets;
	char *target; /* of a link */
	uint32_t page_size; /* 0: not kept by pages */
	unsigned char (*maps)[BLOB_ID_SIZE]; /* its blocks of maps */
	size_t maps_n;
	/* Hash of the trailers of all pages, in hex. */
	char digest[2 * BLOB_ID_SIZE + 1];
	/* Hash of inode, size and times; empty where the file changed so late
	 * that they could stay the same at another change. */
	char stamp[ENTRY_STAMP_SIZE];
	/* Of a mailbox: hash of the keys that the repository holds of it;
	 * empty: it holds none. */
	char keys[ENTRY_STAMP_SIZE];
	char mailbox[33]; /* id of the mailbox, or empty */
};

void file_entry_free(struct file_entry *e);
void file_entry_format(const struct file_entry *e, struct buf *out);
/* One line.  ERR_CONFIG; also for a path that leads out of the home. */
int file_entry_parse(struct file_entry *e, struct slice line,
    struct err *err);
/* No absolute path, no empty part, no `.' or `..'. */
bool file_entry_path_is_safe(struct slice path);

struct file_list {
	struct file_entry *items;
	size_t n;
};
void file_list_free(struct file_list *list);
struct file_entry *file_list_add(struct file_list *list); /* zeroed */
void file_list_sort(struct file_list *list);
/* In a sorted list; NULL. */
const struct file_entry *file_list_find(const struct file_list *list,
    const char *path);
/* Appends all lines of a list's text. */
int file_list_parse(struct file_list *list, struct slice text,
    struct err *err);

#endif
