/* SPDX-License-Identifier: ISC */
#ifndef FE_STORE_REKEY_H
#define FE_STORE_REKEY_H

#include <sqlite3.h>

#include "store/mailbox.h"

/*
 * A new data key for a mailbox, while others deliver into it: they wait for
 * USER.lock, then notice the new generation.  The steps, each of which a
 * crash may be the last of and leave a mailbox that opens:
 *
 *	1 the content is copied into a new file under the new key
 *	2 USER.keys holds both keys, the new one current
 *	3 the old file is whole without its WAL, which is removed
 *	4 the new file takes the name
 *	5 USER.keys without the old key
 *
 * What a crash left behind is cleared up by the next rekey.
 */
/* Called before each step's effect (1 to 5) and after the last (6); tests
 * kill the process there.  NULL: none. */
typedef void rekey_hook(int step);

/* wait_ms: for the exclusive lock.  Errors as mailbox_open. */
int mailbox_rekey(struct slice name, const struct service_keys *service,
    int64_t wait_ms, rekey_hook *hook, struct err *err);

/*
 * The content of another mailbox's database in the place of this one's, under
 * its current data key, while others deliver: they wait, then notice the new
 * generation.  All folders get a new UIDVALIDITY, since UIDs may come again
 * for other messages.  A crash leaves the old content or the new.
 */
int mailbox_replace(struct slice name, const struct service_keys *service,
    sqlite3 *from, int64_t wait_ms, struct err *err);

/*
 * Crypto-shredding: overwrites and removes USER.keys first (without which
 * nothing of the mailbox can be read, in backups neither once their slots
 * are gone), then the files, the lock last.  ERR_USAGE: nothing is there.
 */
int mailbox_erase(struct slice name, int64_t wait_ms, struct err *err);

#endif
