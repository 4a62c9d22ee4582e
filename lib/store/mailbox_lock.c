/* SPDX-License-Identifier: ISC */
/* Shared and exclusive flock on USER.lock, with an end to the waiting. */
#include "mailbox_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"

#define LOCK_MODE 0640
/* Tried again after 1 ms, then 2, up to 32; who wants it exclusively must
 * find a gap between transactions, so he looks each millisecond. */
#define LOCK_PAUSE_MAX_MS 32

int
mailbox_lock_make(const char *path, struct err *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
	    LOCK_MODE);

	if (fd < 0 && access(path, F_OK) < 0)
		return err_errno(err, "cannot make '%s'", path);
	if (fd < 0)
		return 0; /* read-only, but there */
	/* The umask is 077; the group reads for backups. */
	(void)fchmod(fd, LOCK_MODE);
	close(fd);
	return 0;
}

static int
lock_open(struct mailbox_lock *lock, const char *path, struct err *err)
{
	if (lock->fd < 0)
		lock->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (lock->fd >= 0)
		return 0;
	err_errno(err, "cannot open '%s'", path);
	if (errno == ENOENT && err != NULL)
		err->kind = ERR_USAGE;
	return -1;
}

/* 0, or -1 with err when the time is up. */
static int
lock_wait(int fd, const char *path, int operation, int64_t until_ms,
    struct err *err)
{
	int64_t pause = 1;

	while (flock(fd, operation | LOCK_NB) < 0) {
		if (errno == EINTR)
			continue;
		if (errno != EWOULDBLOCK)
			return err_errno(err, "cannot lock '%s'", path);
		if (clock_monotonic_ms() >= until_ms)
			return err_set(err, ERR_SYSTEM,
			    "'%s' " MAILBOX_LOCK_TAKEN
			    " (rekey, restore or erase)", path);
		clock_sleep_ms(pause);
		if (operation == LOCK_SH && pause < LOCK_PAUSE_MAX_MS)
			pause *= 2;
	}
	return 0;
}

int
mailbox_lock_take(struct mailbox_lock *lock, const char *path, bool exclusive,
    int64_t wait_ms, struct err *err)
{
	int64_t until_ms = clock_monotonic_ms() + wait_ms;
	struct stat st;

	for (;;) {
		if (lock_open(lock, path, err) < 0)
			return -1;
		if (lock_wait(lock->fd, path, exclusive ? LOCK_EX : LOCK_SH,
		    until_ms, err) < 0)
			return -1;
		if (fstat(lock->fd, &st) == 0 && st.st_nlink > 0)
			break;
		mailbox_lock_close(lock);
	}
	lock->held = true;
	return 0;
}

void
mailbox_lock_release(struct mailbox_lock *lock)
{
	if (lock->held)
		(void)flock(lock->fd, LOCK_UN);
	lock->held = false;
}

void
mailbox_lock_close(struct mailbox_lock *lock)
{
	if (lock->fd >= 0)
		close(lock->fd);
	lock->fd = -1;
	lock->held = false;
}
