/* SPDX-License-Identifier: ISC */
#ifndef FE_STORE_MAILBOX_LOCK_H
#define FE_STORE_MAILBOX_LOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/*
 * USER.lock: a shared flock for each transaction, an exclusive one for those
 * who replace the files.  The file may be unlinked by erase while we wait for
 * it, so a lock counts only when the file still has its name.
 */
struct mailbox_lock {
	int fd; /* -1: not open */
	bool held;
};
#define MAILBOX_LOCK_INIT {-1, false}
/* In the sentence about a lock that could not be had, and in no other. */
#define MAILBOX_LOCK_TAKEN "is locked by another program"

/* Makes the file (mode 0640) where it is missing. */
int mailbox_lock_make(const char *path, struct err *err);
/* Opens the file and locks it, waiting at most wait_ms.  ERR_USAGE where there
 * is no such file, else ERR_SYSTEM. */
int mailbox_lock_take(struct mailbox_lock *lock, const char *path,
    bool exclusive, int64_t wait_ms, struct err *err);
/* Lets go, keeps the file open. */
void mailbox_lock_release(struct mailbox_lock *lock);
void mailbox_lock_close(struct mailbox_lock *lock);

#endif
