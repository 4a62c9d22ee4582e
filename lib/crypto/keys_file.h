/* SPDX-License-Identifier: ISC */
#ifndef FE_CRYPTO_KEYS_FILE_H
#define FE_CRYPTO_KEYS_FILE_H

#include "base/buf.h"
#include "crypto/keyslot.h"

/*
 * USER.keys as a file: JSON (fe-home(7)).  Whoever can write the file may be
 * hostile: everything in it is bounded and checked, and what is odd is
 * ERR_CONFIG with the name of the file and the member at fault.
 */
#define KEYS_FILE_SIZE_MAX ((size_t)256 << 10)

/* Parses one document into *k, locked; `name' is the subject of errors. */
int keys_file_parse(struct mailbox_keys *k, struct slice text,
    const char *name, struct err *err);
/* The same from a file; ERR_SYSTEM with errno set if it cannot be opened. */
int keys_file_read(struct mailbox_keys *k, const char *path, struct err *err);
/* Appends the document, one line and its LF. */
int keys_file_format(const struct mailbox_keys *k, struct buf *out,
    struct err *err);
/* Raises the generation and replaces the file (mode 0640): new file, fsync,
 * rename, fsync of the folder, so a crash leaves the old or the new.  The
 * caller holds USER.lock exclusively from before he read the file. */
int keys_file_write(struct mailbox_keys *k, const char *path, struct err *err);
/* The same, lasting once the caller has synced the file system. */
int keys_file_write_unsynced(struct mailbox_keys *k, const char *path,
    struct err *err);

/* Makes and locks USER.lock, exclusively, waiting at most timeout_ms.  The
 * descriptor is the lock, of the file that has this name now (one that was
 * removed meanwhile is left for its successor): close it to unlock.  -1:
 * ERR_SYSTEM. */
int keys_file_lock(const char *lock_path, int64_t timeout_ms, struct err *err);

#endif
