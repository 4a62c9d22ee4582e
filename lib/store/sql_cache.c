/* SPDX-License-Identifier: ISC */
/*
 * Prepared statements of a connection.  Values are always bound, never put
 * into the text.
 */
#include "sql_cache.h"

#include <stdarg.h>
#include <string.h>

#include "database.h"

void
sql_cache_init(struct sql_cache *c, sqlite3 *db)
{
	c->db = db;
	c->n = 0;
}

void
sql_cache_free(struct sql_cache *c)
{
	for (size_t i = 0; i < c->n; i++)
		sqlite3_finalize(c->items[i].statement);
	c->n = 0;
}

static sqlite3_stmt *
sql_find(struct sql_cache *c, const char *text, struct err *err)
{
	sqlite3_stmt *s = NULL;

	for (size_t i = 0; i < c->n; i++)
		if (c->items[i].text == text)
			return c->items[i].statement;
	if (c->n == SQL_CACHE_MAX) {
		err_set(err, ERR_BUG, "more than %d statements", SQL_CACHE_MAX);
		return NULL;
	}
	if (database_prepare(c->db, &s, text, err) < 0)
		return NULL;
	c->items[c->n].text = text;
	c->items[c->n++].statement = s;
	return s;
}

static int
bind_slice(sqlite3_stmt *s, int at, char type, struct slice value)
{
	if (value.p == NULL)
		return sqlite3_bind_null(s, at);
	if (type == 't')
		return sqlite3_bind_text64(s, at, value.p, value.n,
		    SQLITE_STATIC, SQLITE_UTF8);
	return sqlite3_bind_blob64(s, at, value.p, value.n, SQLITE_STATIC);
}

static sqlite3_stmt *
sql_start_list(struct sql_cache *c, struct err *err, const char *text,
    const char *types, va_list values)
{
	sqlite3_stmt *s = sql_find(c, text, err);
	int at = 1, code = SQLITE_OK;

	if (s == NULL)
		return NULL;
	sqlite3_reset(s);
	for (; *types != '\0' && code == SQLITE_OK; types++, at++) {
		if (*types == 'i')
			code = sqlite3_bind_int64(s, at,
			    va_arg(values, int64_t));
		else
			code = bind_slice(s, at, *types,
			    va_arg(values, struct slice));
	}
	if (code == SQLITE_OK)
		return s;
	database_fail(c->db, err, "cannot use the mailbox");
	return NULL;
}

sqlite3_stmt *
sql_start(struct sql_cache *c, struct err *err, const char *text,
    const char *types, ...)
{
	sqlite3_stmt *s;
	va_list values;

	va_start(values, types);
	s = sql_start_list(c, err, text, types, values);
	va_end(values);
	return s;
}

int
sql_step(struct sql_cache *c, sqlite3_stmt *s, struct err *err)
{
	(void)c;
	return database_step(s, err);
}

static int
sql_finish(struct sql_cache *c, sqlite3_stmt *s, struct err *err)
{
	int got = s == NULL ? -1 : 1;

	while (got > 0)
		got = sql_step(c, s, err);
	return got;
}

int
sql_do(struct sql_cache *c, struct err *err, const char *text,
    const char *types, ...)
{
	sqlite3_stmt *s;
	va_list values;

	va_start(values, types);
	s = sql_start_list(c, err, text, types, values);
	va_end(values);
	return sql_finish(c, s, err);
}

int
sql_integer(struct sql_cache *c, int64_t none, int64_t *out, struct err *err,
    const char *text, const char *types, ...)
{
	sqlite3_stmt *s;
	va_list values;
	int got;

	va_start(values, types);
	s = sql_start_list(c, err, text, types, values);
	va_end(values);
	*out = none;
	got = s == NULL ? -1 : sql_step(c, s, err);
	if (got > 0) {
		*out = sqlite3_column_int64(s, 0);
		sqlite3_reset(s);
		got = 0;
	}
	return got;
}

struct slice
sql_column(sqlite3_stmt *s, int column)
{
	const void *p;

	if (sqlite3_column_type(s, column) == SQLITE_NULL)
		return SLICE_NONE;
	p = sqlite3_column_blob(s, column);
	return slice_of(p != NULL ? p : "",
	    (size_t)sqlite3_column_bytes(s, column));
}
