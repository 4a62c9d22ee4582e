/* SPDX-License-Identifier: ISC */
/*
 * Replacing a file.  A writer that is killed leaves `.NAME.new-XXXXXX' beside
 * it, with what was to be secret perhaps: whoever replaces or removes NAME
 * next takes that away, if it is old and its writer is dead, who held a lock
 * on it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "io.h"

#define BESIDE "new-"
#define RANDOM_SIZE 6
#define LEFTOVER_S 60 /* between making a file and locking it */

bool
io_is_unfinished(const char *name, const char *other)
{
	size_t n = strlen(name), before = strlen(BESIDE);

	return other[0] == '.' && strncmp(other + 1, name, n) == 0 &&
	    other[n + 1] == '.' &&
	    strncmp(other + n + 2, BESIDE, before) == 0 &&
	    strlen(other + n + 2 + before) == RANDOM_SIZE;
}

/* Old, and nobody writes it any more. */
static bool
is_leftover(int folder, const char *name)
{
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW |
	    O_NONBLOCK);
	struct stat st;
	bool left;

	if (fd < 0)
		return false;
	left = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_mtime < time(NULL) - LEFTOVER_S &&
	    flock(fd, LOCK_EX | LOCK_NB) == 0;
	close(fd);
	return left;
}

/* Who may not look at the folder leaves it to who may. */
static void
sweep_beside(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *where = io_folder_of(path);
	DIR *folder = opendir(where);
	const struct dirent *entry;

	while (folder != NULL && (entry = readdir(folder)) != NULL)
		if (io_is_unfinished(slash == NULL ? path : slash + 1,
			entry->d_name) && is_leftover(dirfd(folder),
			entry->d_name))
			(void)unlinkat(dirfd(folder), entry->d_name, 0);
	if (folder != NULL)
		closedir(folder);
	free(where);
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

enum replacing { REPLACE_SYNC = 1, REPLACE_ALONE = 2 };

/* The file that is to take the place of path. */
static int
open_beside(const char *path, enum replacing how, struct buf *name)
{
	const char *slash = strrchr(path, '/');
	size_t folder_n = slash == NULL ? 0 : (size_t)(slash - path) + 1;

	buf_append(name, path, folder_n);
	buf_format(name, ".%s.%s", path + folder_n,
	    how & REPLACE_ALONE ? "new" : BESIDE "XXXXXX");
	if (!(how & REPLACE_ALONE)) {
		int fd = mkostemp(name->p, O_CLOEXEC);

		/* While it is ours nobody sweeps it. */
		if (fd >= 0)
			(void)flock(fd, LOCK_EX | LOCK_NB);
		return fd;
	}
	if (unlink(name->p) < 0 && errno != ENOENT)
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
