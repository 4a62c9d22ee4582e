/* SPDX-License-Identifier: ISC */
/* Files of secrets, destroyed. */
#include "shred.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io.h"

int
shred_octets(int fd, const char *path, struct err *err)
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

int
shred_file(const char *path, struct err *err)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	int result;

	/* Keys are 0400, for their owner, too. */
	if (fd < 0 && errno == EACCES && chmod(path, 0600) == 0)
		fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return errno == ENOENT ? 0 : err_errno(err,
		    "cannot open '%s'", path);
	result = shred_octets(fd, path, err);
	close(fd);
	if (result == 0 && unlink(path) < 0)
		result = err_errno(err, "cannot remove '%s'", path);
	return result < 0 ? -1 : io_sync_folder(path, err);
}

int
shred_former(const char *former, const char *current, struct err *err)
{
	struct stat a, b;

	if (stat(former, &a) < 0 || stat(current, &b) < 0 ||
	    a.st_dev != b.st_dev || a.st_ino != b.st_ino)
		return shred_file(former, err);
	if (unlink(former) < 0)
		return err_errno(err, "cannot remove '%s'", former);
	return io_sync_folder(former, err);
}

int
shred_keep_former(const char *former, const char *current, struct err *err)
{
	if (shred_former(former, current, err) < 0)
		return -1;
	return link(current, former) < 0
	    ? err_errno(err, "cannot link '%s'", former)
	    : 0;
}
