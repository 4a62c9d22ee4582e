/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_FILE_WRITER_H
#define FE_OPS_FILE_WRITER_H

#include "base/err.h"
#include "base/slice.h"

/*
 * Files written by a thread of their own, past the page cache
 * (direct_file.h), while the caller makes ready what comes next.  One file
 * after the other; nothing is durable before the file system is synced.
 *
 * An error comes with one of the next calls, or at last with
 * file_writer_wait(); from then on nothing more is written.  A file that was
 * not finished is removed.
 */
struct file_writer;

/* Called by the thread when a file has all its octets: rights and times.
 * `of' is what file_writer_begin() was given. */
typedef int file_writer_finish(int fd, const char *path, const void *of,
    struct err *err);

struct file_writer *file_writer_new(file_writer_finish *finish,
    struct err *err);
/* Drops a file that was begun, waits for the others. */
void file_writer_free(struct file_writer *w); /* accepts NULL */

/* Takes over the descriptor of a new file. */
void file_writer_begin(struct file_writer *w, int fd, const char *path,
    const void *of);
int file_writer_put(struct file_writer *w, struct slice octets,
    struct err *err);
void file_writer_end(struct file_writer *w);
void file_writer_drop(struct file_writer *w);
/* 0 when all that ended is written. */
int file_writer_wait(struct file_writer *w, struct err *err);

#endif
