/* SPDX-License-Identifier: ISC */
#ifndef FE_STORE_SQL_H
#define FE_STORE_SQL_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"

/*
 * A read-only query on any encrypted database of this format, ours or of
 * another tool: `fe-mailbox sql'.
 */
struct sql_query {
	const char *path;
	const char *key_file; /* its content as PRAGMA key takes it: `raw:' and
	                       * 64 hex digits, x'64 hex digits', else a
	                       * passphrase; an LF at its end is dropped */
	int64_t kdf_iter;     /* of a passphrase; 0: the default */
	const char *sql;      /* one or more statements */
	bool json;            /* each row a JSON array, else its columns with
	                       * tabs between them */
	bool no_check;        /* do not check all pages before the query */
};

/*
 * Text rows: NULL is empty, a blob is hex, and within text a tab, line feed,
 * backslash or other control character is \t, \n, \\ or \xNN.  JSON rows: a
 * blob is a string of hex digits.
 *
 * Calls emit for each row, with its line feed; a result below 0 ends the
 * query with -1 and err as emit left it.  All pages are checked first, so a
 * damaged file is refused whatever the query touches.  Statements that write,
 * attach or set something are ERR_USAGE; so is an SQL mistake.
 */
int sql_run(const struct sql_query *query,
    int (*emit)(void *context, struct slice row, struct err *err),
    void *context, struct err *err);
/* The same on a connection that is open (path, key_file, kdf_iter and no_check
 * are not looked at); it can do nothing but read from then on. */
int sql_run_on(sqlite3 *db, const struct sql_query *query,
    int (*emit)(void *context, struct slice row, struct err *err),
    void *context, struct err *err);

#endif
