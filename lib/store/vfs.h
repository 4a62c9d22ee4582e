/* SPDX-License-Identifier: ISC */
#ifndef FE_STORE_VFS_H
#define FE_STORE_VFS_H

#include <stdint.h>

#include "base/err.h"
#include "file_key.h"

/*
 * The SQLite VFS `fe': main files, WALs and journals are encrypted page by
 * page (page.h), over the system's VFS.  A main file is opened by a URI that
 * names its key, file:PATH?keyid=N; no secret stands in a URI.  Temporary
 * files are refused: connections use temp_store=memory.
 *
 * Parameters of the URI:
 *	keyid=N   what vfs_key_offer gave
 *	frozen=1  see main_file.h; with locking_mode=exclusive, read-only
 */
#define VFS_NAME "fe"

/* Makes the VFS known to SQLite; any number of times. */
int vfs_register(struct err *err);

/* Puts the key where an opening can find it by number, until it is withdrawn;
 * files that are open hold references of their own. */
uint64_t vfs_key_offer(struct file_key *key);
void vfs_key_withdraw(uint64_t id);

#endif
