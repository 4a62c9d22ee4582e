/* SPDX-License-Identifier: ISC */
#include "store/held_keys.h"

#include <unistd.h>

#include "store/mailbox.h"

int
held_keys_open(struct held_keys *held, const char *mailbox, int64_t wait_ms,
    struct err *err)
{
	struct buf lock = BUF_INIT;

	if (mailbox_path(&held->path, slice_text(mailbox), MAILBOX_KEYS, err) !=
		NULL &&
	    mailbox_path(&lock, slice_text(mailbox), MAILBOX_LOCK, err) != NULL)
		held->lock = keys_file_lock(lock.p, wait_ms, err);
	buf_free(&lock);
	if (held->lock < 0)
		return -1;
	return keys_file_read(&held->keys, held->path.p, err);
}

int
held_keys_write(struct held_keys *held, struct err *err)
{
	return keys_file_write(&held->keys, held->path.p, err);
}

void
held_keys_close(struct held_keys *held)
{
	if (held->lock >= 0)
		close(held->lock);
	mailbox_keys_free(&held->keys);
	buf_free(&held->path);
	held->lock = -1;
}
