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
#include "base/shred.h"
#include "guarded_keys.h"
#include "mailbox_files.h"
#include "mailbox_lock.h"
#include "rekey.h"

/* From here on nothing is accepted under the keys that go; what was is noise
 * without them. */
static int
erase_locked(const struct mailbox_files *f, struct err *err)
{
	if (shred_file(f->path[MAILBOX_KEYS], err) < 0 ||
	    shred_file(f->path[MAILBOX_KEYS_NEW], err) < 0 ||
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
	int guard = -1, result = -1;

	if (mailbox_files_init(&files, name, err) < 0)
		return -1;
	if (access(files.path[MAILBOX_LOCK], F_OK) < 0 &&
	    (access(files.path[MAILBOX_KEYS], F_OK) == 0 ||
	    access(files.path[MAILBOX_DATABASE], F_OK) == 0))
		(void)mailbox_lock_make(files.path[MAILBOX_LOCK], err);
	if (mailbox_lock_take(&lock, files.path[MAILBOX_LOCK], true, wait_ms,
	    err) == 0)
		guard = guard_take(files.path[MAILBOX_LOCK], wait_ms,
		    err);
	if (guard >= 0) {
		result = erase_locked(&files, err);
		close(guard);
	}
	mailbox_lock_close(&lock);
	mailbox_files_free(&files);
	return result;
}
