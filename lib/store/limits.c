/* SPDX-License-Identifier: ISC */
/*
 * Rows of limits (limits.h).
 */
#include "limits.h"

static const char tables[] =
    "CREATE TABLE entry(key BLOB PRIMARY KEY, rule TEXT NOT NULL,"
    " kind INTEGER NOT NULL, value INTEGER NOT NULL,"
    " until INTEGER NOT NULL) WITHOUT ROWID;";

int
limits_open(struct limits *l, int64_t wait_ms, int64_t size_max,
    struct err *err)
{
	l->size_max = size_max;
	l->added = 0;
	return state_open(&l->state, "limit", tables, 1, wait_ms, err);
}

void
limits_close(struct limits *l)
{
	state_close(&l->state);
}

int
limits_sweep(struct limits *l, int64_t now_ms, struct err *err)
{
	unsigned added = l->added;

	l->added = 0;
	return state_sweep(&l->state, added, l->size_max, now_ms, err);
}

int
limits_get(struct limits *l, const unsigned char key[STATE_KEY_SIZE],
    int64_t now_ms, struct limit_row *row, struct err *err)
{
	sqlite3_stmt *s = sql_start(&l->state.sql, err,
	    "SELECT kind, value, until FROM entry WHERE key = ?", "b",
	    slice_of(key, STATE_KEY_SIZE));
	int got = s == NULL ? -1 : sql_step(&l->state.sql, s, err);

	if (got <= 0)
		return got;
	*row = (struct limit_row){
	    .kind = (enum limit_kind)sqlite3_column_int(s, 0),
	    .value = sqlite3_column_int64(s, 1),
	    .until_ms = sqlite3_column_int64(s, 2)};
	sqlite3_reset(s);
	return row->until_ms > now_ms;
}

int
limits_put(struct limits *l, const struct limit_row *row, struct err *err)
{
	l->added++;
	return sql_do(&l->state.sql, err,
	    "REPLACE INTO entry(key, rule, kind, value, until)"
	    " VALUES(?, ?, ?, ?, ?)", "btiii", row->key, row->rule,
	    (int64_t)row->kind, row->value, row->until_ms);
}

int
limits_each(struct limits *l, int64_t now_ms,
    void (*each)(void *context, const struct limit_row *row), void *context,
    struct err *err)
{
	sqlite3_stmt *s = sql_start(&l->state.sql, err,
	    "SELECT key, rule, kind, value, until FROM entry"
	    " WHERE until > ? ORDER BY rule, kind, key", "i", now_ms);
	int got = s == NULL ? -1 : 1;

	while (got > 0 && (got = sql_step(&l->state.sql, s, err)) > 0) {
		struct limit_row row = {.key = sql_column(s, 0),
		    .rule = sql_column(s, 1),
		    .kind = (enum limit_kind)sqlite3_column_int(s, 2),
		    .value = sqlite3_column_int64(s, 3),
		    .until_ms = sqlite3_column_int64(s, 4)};

		each(context, &row);
	}
	return got;
}

int
limits_forget(struct limits *l, const unsigned char *key, struct slice rule,
    int64_t *n, struct err *err)
{
	struct sql_cache *sql = &l->state.sql;
	int result;

	if (key != NULL)
		result = sql_do(sql, err, "DELETE FROM entry WHERE key = ?",
		    "b", slice_of(key, STATE_KEY_SIZE));
	else if (rule.p != NULL)
		result = sql_do(sql, err, "DELETE FROM entry WHERE rule = ?",
		    "t", rule);
	else
		result = sql_do(sql, err, "DELETE FROM entry WHERE 1", "");
	*n = sqlite3_changes64(l->state.db);
	return result;
}
