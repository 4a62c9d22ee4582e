/* SPDX-License-Identifier: ISC */
#ifndef FE_STORE_SQL_CACHE_H
#define FE_STORE_SQL_CACHE_H

#include <sqlite3.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * The prepared statements of one connection, kept by the address of their
 * text, which therefore is a string constant.  A statement is used by one
 * loop at a time.
 */
#define SQL_CACHE_MAX 96

struct sql_cache {
	sqlite3 *db;
	struct {
		const char *text;
		sqlite3_stmt *statement;
	} items[SQL_CACHE_MAX];
	size_t n;
};

void sql_cache_init(struct sql_cache *c, sqlite3 *db);
void sql_cache_free(struct sql_cache *c); /* finalizes; the db stays open */

/* The statement, reset, with parameters bound from the left after `types':
 *	i  int64_t
 *	t  struct slice, as text     b  struct slice, as blob
 * where a slice of none is NULL; the octets must live until the last step.
 * NULL and err. */
sqlite3_stmt *sql_start(struct sql_cache *c, struct err *err,
    const char *text, const char *types, ...);
/* 1 a row, 0 no (more) row, -1; 0 and -1 reset the statement. */
int sql_step(struct sql_cache *c, sqlite3_stmt *s, struct err *err);
/* Starts and runs to the end; rows are passed over. */
int sql_do(struct sql_cache *c, struct err *err, const char *text,
    const char *types, ...);
/* First column of the first row, or `none' where there is no row. */
int sql_integer(struct sql_cache *c, int64_t none, int64_t *out,
    struct err *err, const char *text, const char *types, ...);

/* Valid until the next step; a NULL is none. */
struct slice sql_column(sqlite3_stmt *s, int column);

#endif
