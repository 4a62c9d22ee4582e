/* SPDX-License-Identifier: ISC */
/*
 * Replacing a file.  A writer that is killed leaves `.NAME.new-N' beside it,
 * with what was to be secret perhaps: whoever replaces or removes NAME next
 * takes that away, if its writer is dead, who held a lock on it.  N is a digit,
 * so that what is left is found by its name: to read a folder of many thousand
 * accounts for each that changes takes longer than the change.
 *
 * A name is used again and again, so all that is done by name is done under the
 * lock of the file that has it: who has locked a file and finds it under its
 * name still owns the name.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "io.h"

#define BESIDE "new-"
#define PLACES 10
#define PATIENCE_MS 5000 /* while so many others write the same file */

bool
io_is_unfinished(const char *name, const char *other)
{
	size_t n = strlen(name), before = strlen(BESIDE);

	return other[0] == '.' && strncmp(other + 1, name, n) == 0 &&
	    other[n + 1] == '.' &&
	    strncmp(other + n + 2, BESIDE, before) == 0 &&
	    other[n + 2 + before] >= '0' && other[n + 2 + before] <= '9' &&
	    other[n + 3 + before] == '\0';
}

/* `.NAME.new' and what follows, in the folder of path. */
static const char *
name_beside(struct buf *name, const char *path, const char *rest)
{
	const char *slash = strrchr(path, '/');
	size_t folder_n = slash == NULL ? 0 : (size_t)(slash - path) + 1;

	buf_reset(name);
	buf_append(name, path, folder_n);
	buf_format(name, ".%s.%s", path + folder_n, rest);
	return buf_text(name);
}

static const char *
name_place(struct buf *name, const char *path, int place)
{
	const char rest[] = {'n', 'e', 'w', '-', (char)('0' + place), '\0'};

	return name_beside(name, path, rest);
}

static bool
has_name(int fd, const char *name)
{
	struct stat st, named;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    lstat(name, &named) == 0 && st.st_dev == named.st_dev &&
	    st.st_ino == named.st_ino;
}

/* Who may not look at what is there leaves it to who may. */
static void
sweep_beside(const char *path)
{
	struct buf name = BUF_INIT;

	for (int i = 0; i < PLACES; i++) {
		int fd = open(name_place(&name, path, i),
		    O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

		if (fd < 0)
			continue;
		if (flock(fd, LOCK_EX | LOCK_NB) == 0 &&
		    has_name(fd, name.p))
			(void)unlink(name.p);
		close(fd);
	}
	buf_free(&name);
}

int
io_remove_file(const char *path, struct err *err)
{
	int result = unlink(path), why = errno;

	sweep_beside(path);
	if (result == 0)
		return io_sync_folder(path, err);
	errno = why;
	return errno == ENOENT ? 0 :
	    err_errno(err, "cannot remove '%s'", path);
}

/* What root replaces stays whose it was. */
static int
keep_owner(int fd, const char *path)
{
	struct stat st;

	if (geteuid() != 0 || lstat(path, &st) < 0)
		return 0;
	return fchown(fd, st.st_uid, st.st_gid);
}

/* A file of that name, which nobody sweeps while it is ours; EEXIST where
 * another writer has it, or took a file for a dead one's before its lock. */
static int
open_place(const char *name)
{
	int fd = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return -1;
	if ((flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) &&
	    has_name(fd, name))
		return fd;
	close(fd);
	errno = EEXIST;
	return -1;
}

static int
open_any_place(const char *path, struct buf *name)
{
	int64_t until = clock_monotonic_ms() + PATIENCE_MS;

	for (;;) {
		for (int i = 0; i < PLACES; i++) {
			int fd = open_place(name_place(name, path, i));

			if (fd >= 0 || errno != EEXIST)
				return fd;
		}
		if (clock_monotonic_ms() > until) {
			errno = EEXIST;
			return -1;
		}
		sweep_beside(path);
		clock_sleep_ms(1);
	}
}

enum replacing { REPLACE_SYNC = 1, REPLACE_ALONE = 2 };

/* The file that is to take the place of path. */
static int
open_beside(const char *path, enum replacing how, struct buf *name)
{
	if (!(how & REPLACE_ALONE))
		return open_any_place(path, name);
	if (unlink(name_beside(name, path, "new")) < 0 && errno != ENOENT)
		return -1;
	return open(name->p, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
}

static int
replace(const char *path, struct slice content, mode_t mode,
    enum replacing how, struct err *err)
{
	struct buf temporary = BUF_INIT;
	int fd = open_beside(path, how, &temporary), result = -1;

	if (fd < 0) {
		err_errno(err, "cannot make a file beside '%s'", path);
		buf_free(&temporary);
		return -1;
	}
	if (keep_owner(fd, path) < 0 || fchmod(fd, mode) < 0 ||
	    io_write(fd, content.p, content.n) < 0 ||
	    (how & REPLACE_SYNC && fsync(fd) < 0))
		err_errno(err, "cannot write '%s'", path);
	else if (rename(temporary.p, path) < 0)
		err_errno(err, "cannot replace '%s'", path);
	else
		result = how & REPLACE_SYNC ? io_sync_folder(path, err) : 0;
	if (result < 0)
		unlink(temporary.p);
	if (!(how & REPLACE_ALONE))
		sweep_beside(path);
	if (close(fd) < 0 && result == 0)
		result = err_errno(err, "cannot close '%s'", path);
	buf_free(&temporary);
	return result;
}

int
io_replace_file(
    const char *path, struct slice content, mode_t mode, struct err *err)
{
	return replace(path, content, mode, REPLACE_SYNC, err);
}

int
io_replace_file_alone(
    const char *path, struct slice content, mode_t mode, struct err *err)
{
	return replace(path, content, mode, REPLACE_SYNC | REPLACE_ALONE, err);
}

int
io_replace_file_unsynced(
    const char *path, struct slice content, mode_t mode, struct err *err)
{
	return replace(path, content, mode, REPLACE_ALONE, err);
}
