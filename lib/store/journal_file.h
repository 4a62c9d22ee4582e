/* SPDX-License-Identifier: ISC */
#ifndef FE_STORE_JOURNAL_FILE_H
#define FE_STORE_JOURNAL_FILE_H

#include "main_file.h"

/*
 * The rollback journal: SQLite's own layout, headers in clear, records of
 * page number, page, sum.  Only the pages are encrypted; the sums are
 * SQLite's, over plain pages.  SQLite writes the three parts of a record in
 * three calls, so the number before a page tells which page it is.
 */
struct journal_file {
	struct pass_file pass;
	struct main_file *main;
	/* Where the page is expected whose number was written last; -1. */
	sqlite3_int64 page_at;
	uint32_t number;
};

/* The real file is open.  Sets the methods. */
void journal_file_init(struct journal_file *journal, struct main_file *main);

#endif
