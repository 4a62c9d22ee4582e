/* SPDX-License-Identifier: ISC */
#ifndef FE_STORE_VERIFY_H
#define FE_STORE_VERIFY_H

#include <sqlite3.h>
#include <stdint.h>

#include "base/err.h"

/*
 * Every page's tag, whatever a query would touch: PRAGMA integrity_check
 * reads no content of overflow pages and skips the pages that are free.
 */
struct verify_result {
	int64_t pages;      /* of the main file whose tag was checked */
	int64_t frames;     /* of the WAL */
	int64_t bad_pages;
	int64_t bad_frames;
	int64_t first_bad;  /* page number, 0: none */
	/* Free pages with a wrong tag, not counted above: SQLite keeps no
	 * journal of what nobody reads, so a crash may tear them. */
	int64_t bad_free;
};

/*
 * Looks at one state of the database (a read transaction; not within one).
 * Pages of the main file that the WAL replaces are not looked at.  0 with
 * the counts even where something is bad; -1 when the file cannot be read at
 * all.
 */
int verify_pages(sqlite3 *db, struct verify_result *result, struct err *err);

#endif
