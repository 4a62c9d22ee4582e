/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_LOG_FOLDER_H
#define FE_OPS_LOG_FOLDER_H

#include "ops/log_file.h"

/*
 * A folder of log files: DATE.NNNN.log (plain) or DATE.NNNN.sealed, written
 * one after the other, and `current', a link to the one that is being written.
 * A file holds lines of one day (UTC) and at most `file_size' octets; the
 * oldest go when all would be over `total_size', or are older than `keep_s'.
 * One process writes, which holds a lock on the file `lock'.
 */
struct log_folder_conf {
	const char *path;
	int64_t file_size, total_size, keep_s;
	bool seal;
};
#define LOG_FOLDER_FILE_MIN ((int64_t)256 << 10)

struct log_folder {
	const struct log_folder_conf *conf;
	int fd, lock; /* -1: none */
	int64_t day;
	unsigned number;
	int64_t size;       /* what of the file is whole */
	struct buf pending; /* encoded, not yet in the file */
	struct log_seal seal;
	bool dirty;
};

/* Makes the folder and locks it; goes on with today's newest file if that is
 * plain and has room.  ERR_CONFIG: another process writes there. */
int log_folder_open(struct log_folder *f, const struct log_folder_conf *conf,
    const struct log_key *key, struct err *err);
/* Takes whole lines, at most 128 KiB, under the key of their day.  0: they are
 * in the file; 1: taken and pending, since the disk is full or fails: next is
 * log_folder_flush, until it says 0; -1: not taken, try again. */
int log_folder_write(struct log_folder *f, const struct log_key *key,
    struct slice lines, struct err *err);
int log_folder_flush(struct log_folder *f, struct err *err);
/* Makes durable what is written.  -1: ERR_SYSTEM, it may be lost; what comes
 * next goes to another file. */
int log_folder_sync(struct log_folder *f, struct err *err);
/* The next line begins a new file. */
int log_folder_rotate(struct log_folder *f, struct err *err);
/* Removes what is too old or too much.  *n of them. */
int log_folder_expire(const struct log_folder_conf *conf, int64_t now_ms,
    size_t *n, struct err *err);
/* Closes the file in order.  What is pending is lost: its octets. */
int log_folder_close(struct log_folder *f, struct err *err);

struct log_name {
	int64_t day;
	unsigned number;
	bool sealed;
	int64_t size;
};
struct log_names {
	struct log_name *items;
	size_t n;
};
/* The files of a folder, oldest first.  ERR_SYSTEM. */
int log_names_read(struct log_names *names, const char *path, struct err *err);
void log_names_free(struct log_names *names);
/* Replaces out with `PATH/2026-11-27.0001.log'. */
const char *log_name_path(
    const struct log_name *name, const char *path, struct buf *out);
/* The first day that is kept for so long after its end. */
int64_t log_first_day_kept(int64_t now_ms, int64_t keep_s);

#endif
