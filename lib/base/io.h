/* SPDX-License-Identifier: ISC */
#ifndef FE_BASE_IO_H
#define FE_BASE_IO_H

#include <sys/types.h>

#include "buf.h"
#include "err.h"

/*
 * Reading and writing descriptors and files.  Short counts, EINTR and EAGAIN
 * on a blocking wait are handled here and nowhere else.  SIGPIPE is ignored
 * (cmd_start), so a dead reader is errno EPIPE.
 */

/* As read(2), but goes on after EINTR. */
ssize_t io_read(int fd, void *p, size_t n);
/* Writes all or fails (-1, errno set; waits where fd does not block). */
int io_write(int fd, const void *p, size_t n);
/* Writes both, in one call where the kernel takes it. */
int io_write_two(int fd, struct slice first, struct slice second);
/* Reads to end of file; ERR_MESSAGE `... is larger than N' at the buffer's
 * maximum, ERR_SYSTEM else.  `name' is the subject of the sentence. */
int io_read_all(int fd, const char *name, struct buf *out, struct err *err);
/* A whole file. ERR_SYSTEM with errno set when it cannot be opened. */
int io_read_file(const char *path, struct buf *out, struct err *err);
/* Replaces or makes a file so that a crash leaves the old or the new, never
 * a part: `.NAME.new-N' in the same folder, fsync, rename, fsync of the
 * folder.  Where root replaces one, owner and group stay.  What a killed
 * writer left beside it is taken away. */
int io_replace_file(const char *path, struct slice content, mode_t mode,
    struct err *err);
/* The same where the caller's lock keeps other writers out: the new file is
 * `.NAME.new', so that a crash leaves one at most, which the next writer takes
 * away. */
int io_replace_file_alone(const char *path, struct slice content, mode_t mode,
    struct err *err);
/* That, but for what a crash of the host leaves: for one of many files, after
 * all of which the caller syncs the file system. */
int io_replace_file_unsynced(const char *path, struct slice content,
    mode_t mode, struct err *err);
/* Removes a file for good: unlink, and fsync of its folder; and what killed
 * writers left beside it.  One that is not there is well. */
int io_remove_file(const char *path, struct err *err);
/* Is `other' a name of what a killed writer of `name' leaves in the folder? */
bool io_is_unfinished(const char *name, const char *other);
/* The folder that holds `path', by its name alone; for free(3). */
char *io_folder_of(const char *path);
/* fsync of that folder. */
int io_sync_folder(const char *path, struct err *err);
/* All that was written to the file system that holds this folder. */
int io_sync_file_system(const char *folder, struct err *err);
/* mkdir -p with this mode for the folders that are missing, and an fsync of
 * what each is in. */
int io_make_folders(const char *path, mode_t mode, struct err *err);
/* Waits until fd is readable. 1 yes, 0 time is up, -1 errno.  A timeout
 * below 0 waits for ever. */
int io_wait_readable(int fd, int64_t timeout_ms);
/* Waits until `in' is readable; EPIPE where nobody will read the pipe `out'
 * any more, which a filter that waits for its next record does not hear of
 * else. */
int io_wait_between(int in, int out);
int io_set_nonblocking(int fd, bool on);
int io_set_close_on_exec(int fd, bool on);

#endif
