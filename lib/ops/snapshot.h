/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_SNAPSHOT_H
#define FE_OPS_SNAPSHOT_H

#include "ops/file_entry.h"
#include "ops/repository.h"

/*
 * One moment of a home: snapshots/YYYYMMDDTHHMMSS.mmmZ-XXXXXXXX, whose time is
 * readable without a key and bound to the content all the same.
 */
#define SNAPSHOT_NAME_SIZE 40
#define SNAPSHOT_FOLDER "snapshots"

struct snapshot {
	char name[SNAPSHOT_NAME_SIZE]; /* behind the slash */
	int64_t time_ms;               /* when it was begun */
	char *host, *home;
	int64_t files, octets, mailboxes;
	int64_t added;   /* octets that the repository grew by */
	int64_t took_ms;
	/* Files that could not be read. */
	char **missed;
	size_t missed_n;
	unsigned char (*lists)[BLOB_ID_SIZE]; /* the parts of its list */
	size_t lists_n;
};

void snapshot_free(struct snapshot *s);
/* Gives it a name for its time. */
void snapshot_make_name(struct snapshot *s);
/* The time that a name tells, or -1. */
int64_t snapshot_name_time(struct slice name);
int snapshot_write(struct repository *r, const struct snapshot *s,
    struct err *err);
/* 1; 0 it is gone; -1.  Free in any case. */
int snapshot_read(struct repository *r, const char *name, struct snapshot *s,
    struct err *err);

/* The names of all, oldest first; needs no key. */
struct snapshot_names {
	char **items;
	size_t n;
};
int snapshot_names_read(struct destination *d, struct snapshot_names *names,
    struct err *err);
void snapshot_names_free(struct snapshot_names *names);
/* `latest', a name, or the 8 digits at its end; then, with at_ms >= 0, the
 * newest not after that.  NULL and ERR_USAGE. */
const char *snapshot_names_find(const struct snapshot_names *names,
    const char *text, int64_t at_ms, struct err *err);

/* Stores the list of files, sorted, and sets lists. */
int snapshot_put_list(struct repository *r, struct snapshot *s,
    struct file_list *list, struct err *err);
int snapshot_get_list(struct repository *r, const struct snapshot *s,
    struct file_list *list, struct err *err);

#endif
