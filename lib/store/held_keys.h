/* SPDX-License-Identifier: ISC */
#ifndef FE_STORE_HELD_KEYS_H
#define FE_STORE_HELD_KEYS_H

#include "base/buf.h"
#include "crypto/keys_file.h"

/*
 * USER.keys of a mailbox to be changed: read under USER.lock, which is held
 * exclusively until it is closed, so that nobody else changes it meanwhile.
 */
struct held_keys {
	struct mailbox_keys keys; /* as the file has them: locked */
	struct buf path;
	int lock;
};
#define HELD_KEYS_INIT {MAILBOX_KEYS_INIT, BUF_INIT, -1}

/* Waits for the lock at most wait_ms.  -1: ERR_USAGE no name of a mailbox, or
 * as keys_file_lock and keys_file_read; closed by the caller in any case. */
int held_keys_open(struct held_keys *held, const char *mailbox,
    int64_t wait_ms, struct err *err);
int held_keys_write(struct held_keys *held, struct err *err);
void held_keys_close(struct held_keys *held);

#endif
