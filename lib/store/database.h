/* SPDX-License-Identifier: ISC */
#ifndef FE_STORE_DATABASE_H
#define FE_STORE_DATABASE_H

#include <sqlite3.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "file_key.h"

/*
 * A connection to a database file in which every page is encrypted
 * (fe-mailbox(5)), through our VFS over the system's SQLite.  Main file, WAL
 * and journal never hold plain text; temporary files are refused by the VFS,
 * all of that stays in memory.
 *
 * The key octets are copied into the locked arena (base/secret.h) and wiped
 * at the last close; the caller may drop his copy right after the call
 * (struct database_key: file_key.h).
 *
 * A connection belongs to one thread and is not carried over a fork; opening
 * is for one thread of the process.  Other tools may read beside our writers,
 * and write after them; two kinds of writer on one open WAL lose what the
 * other tool wrote at the next crash, since each continues its own sums.
 */

/* How long a statement waits for another process's lock, unless the caller
 * sets another time with sqlite3_busy_timeout(). */
#define DATABASE_BUSY_MS 10000

/* Of a new file.  A delivery writes a page of each of a dozen tables, and a
 * backup keeps each that it wrote: with pages of 8 KiB that is twice as much,
 * and no CPU less. */
#define DATABASE_PAGE_SIZE 4096

enum database_mode {
	DATABASE_READ,  /* the file must exist; nothing can be written */
	DATABASE_WRITE, /* the file must exist */
	DATABASE_WRITE_LAZY, /* the same, synchronous=NORMAL, small cache */
	DATABASE_MAKE   /* made when missing or empty (mode 0666 & ~umask) */
};

/*
 * Opens, and reads page 1, so a wrong key fails here.  What is set: WAL,
 * synchronous=FULL, foreign keys, secure_delete, temp_store=memory, busy
 * timeout, cache; the page size of a new file.  DATABASE_READ works in a
 * folder that cannot be written, too, and leaves the file as it is, except
 * that an interrupted transaction of a rollback journal is rolled back.
 * *db is NULL on failure.
 */
int database_open(sqlite3 **db, const char *path,
    const struct database_key *key, enum database_mode mode, struct err *err);
/* Statements that are still open are finalised.  Accepts NULL.  Whether what
 * is in the WAL came into the file nobody is told: */
void database_close(sqlite3 *db);
/* All that was committed, from the WAL into the file, which is synced.  Before
 * a file is closed and renamed, or its WAL removed. */
int database_settle(sqlite3 *db, struct err *err);

/* Sets err from the connection's last error (`text': what could not be
 * done) and returns -1:
 *	cannot store the message: 'PATH': the disk is full
 * SQLITE_NOTADB is "wrong key, or not an encrypted mailbox" (ERR_CONFIG),
 * CORRUPT "damaged" (ERR_CONFIG), the rest ERR_SYSTEM. */
int database_fail(sqlite3 *db, struct err *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Runs one or more statements that give no rows. */
int database_exec(sqlite3 *db, const char *sql, struct err *err);
/* The caller finalises.  For statements that are kept. */
int database_prepare(sqlite3 *db, sqlite3_stmt **statement, const char *sql,
    struct err *err);
/* 1: a row; 0: done, and the statement is reset; -1: failed and reset. */
int database_step(sqlite3_stmt *statement, struct err *err);
/* First column of the first row; -1 and err also when there is no row. */
int database_number(sqlite3 *db, const char *sql, int64_t *out,
    struct err *err);

/*
 * Writes the whole content into a new file under a (new) key, as one
 * consistent state, defragmented, and syncs file and folder.  The file must
 * not exist; after a failure it does not.  This is how a mailbox gets a new
 * data key.  Not within a transaction.
 */
int database_copy(sqlite3 *db, const char *path,
    const struct database_key *key, struct err *err);
/* ATTACHes another encrypted file, made when missing if `make'. */
int database_attach(sqlite3 *db, const char *name, const char *path,
    const struct database_key *key, int make, struct err *err);

#endif
