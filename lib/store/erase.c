/* SPDX-License-Identifier: ISC */
/*
 * The end of a mailbox.  Its keys go first: from then on the rest is noise,
 * whatever a crash leaves of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "mailbox_files.h"
#include "mailbox_lock.h"
#include "rekey.h"

/* In place, for file systems that write in place; nothing can be promised of
 * flash, where the encryption of the disk must do its part. */
static int
overwrite(int fd, const char *path, struct err *err)
{
	static const char zeros[4096];
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_errno(err, "cannot read '%s'", path);
	for (off_t left = st.st_size; left > 0; left -= (off_t)sizeof(zeros))
		if (io_write(fd, zeros, left < (off_t)sizeof(zeros) ?
		    (size_t)left : sizeof(zeros)) < 0)
			return err_errno(err, "cannot overwrite '%s'", path);
	if (fsync(fd) < 0)
		return err_errno(err, "cannot sync '%s'", path);
	return 0;
}

static int
destroy_keys(const char *path, struct err *err)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	int result;

	if (fd < 0)
		return errno == ENOENT ? 0 : err_errno(err,
		    "cannot open '%s'", path);
	result = overwrite(fd, path, err);
	close(fd);
	if (result == 0 && unlink(path) < 0)
		result = err_errno(err, "cannot remove '%s'", path);
	return result < 0 ? -1 : io_sync_folder(path, err);
}

static int
erase_locked(const struct mailbox_files *f, struct err *err)
{
	if (destroy_keys(f->path[MAILBOX_KEYS], err) < 0 ||
	    mailbox_files_remove(f->path[MAILBOX_DATABASE], err) < 0 ||
	    mailbox_files_remove(f->path[MAILBOX_NEW], err) < 0 ||
	    mailbox_files_remove(f->path[MAILBOX_REKEY], err) < 0)
		return -1;
	if (unlink(f->path[MAILBOX_LOCK]) < 0)
		return err_errno(err, "cannot remove '%s'",
		    f->path[MAILBOX_LOCK]);
	return io_sync_folder(f->path[MAILBOX_LOCK], err);
}

int
mailbox_erase(struct slice name, int64_t wait_ms, struct err *err)
{
	struct mailbox_files files;
	struct mailbox_lock lock = MAILBOX_LOCK_INIT;
	int result = -1;

	if (mailbox_files_init(&files, name, err) < 0)
		return -1;
	if (access(files.path[MAILBOX_LOCK], F_OK) < 0 &&
	    (access(files.path[MAILBOX_KEYS], F_OK) == 0 ||
	    access(files.path[MAILBOX_DATABASE], F_OK) == 0))
		(void)mailbox_lock_make(files.path[MAILBOX_LOCK], err);
	if (mailbox_lock_take(&lock, files.path[MAILBOX_LOCK], true, wait_ms,
	    err) == 0)
		result = erase_locked(&files, err);
	mailbox_lock_close(&lock);
	mailbox_files_free(&files);
	return result;
}
