/* SPDX-License-Identifier: ISC */
/*
 * Rows of reputation.sqlite (history.h).  Sums are kept in thousandths, with
 * the time up to which they have decayed.
 */
#include "history.h"

#include <math.h>

#define UNIT 1000.0
#define FORGOTTEN_AFTER 10 /* half-lives: a thousandth is left */

static const char tables[] =
    "CREATE TABLE entry(key BLOB PRIMARY KEY, good INTEGER NOT NULL,"
    " bad INTEGER NOT NULL, \"all\" INTEGER NOT NULL,"
    " first INTEGER NOT NULL, at INTEGER NOT NULL,"
    " until INTEGER NOT NULL) WITHOUT ROWID;";

int
history_open(struct history *h, int64_t half_life_ms, int64_t size_max,
    int64_t wait_ms, struct err *err)
{
	h->half_life_ms = half_life_ms;
	h->size_max = size_max;
	h->added = 0;
	return state_open(
	    &h->state, "reputation", tables, 1, wait_ms, err);
}

void
history_close(struct history *h)
{
	state_close(&h->state);
}

/* What is left of a sum that stood at `at_ms'. */
static double
left(const struct history *h, int64_t sum, int64_t at_ms, int64_t now_ms)
{
	double halves = (double)(now_ms - at_ms) / (double)h->half_life_ms;

	if (halves < 0)
		halves = 0;
	return (double)sum / UNIT * exp2(-halves);
}

int
history_get(struct history *h, const unsigned char key[STATE_KEY_SIZE],
    int64_t now_ms, struct history_row *row, struct err *err)
{
	sqlite3_stmt *s = sql_start(&h->state.sql, err,
	    "SELECT good, bad, \"all\", first, at, until FROM entry"
	    " WHERE key = ?", "b", slice_of(key, STATE_KEY_SIZE));
	int got = s == NULL ? -1 : sql_step(&h->state.sql, s, err);
	int64_t at;

	*row = (struct history_row){.first_ms = now_ms};
	if (got <= 0)
		return got;
	at = sqlite3_column_int64(s, 4);
	if (sqlite3_column_int64(s, 5) > now_ms)
		*row = (struct history_row){
		    .good = left(h, sqlite3_column_int64(s, 0), at, now_ms),
		    .bad = left(h, sqlite3_column_int64(s, 1), at, now_ms),
		    .all = left(h, sqlite3_column_int64(s, 2), at, now_ms),
		    .first_ms = sqlite3_column_int64(s, 3)};
	else
		got = 0;
	sqlite3_reset(s);
	return got;
}

int
history_add(struct history *h, const unsigned char key[STATE_KEY_SIZE],
    int64_t now_ms, const struct history_row *more, struct err *err)
{
	struct history_row row;

	if (history_get(h, key, now_ms, &row, err) < 0)
		return -1;
	h->added++;
	return sql_do(&h->state.sql, err,
	    "REPLACE INTO entry(key, good, bad, \"all\", first, at, until)"
	    " VALUES(?, ?, ?, ?, ?, ?, ?)", "biiiiii",
	    slice_of(key, STATE_KEY_SIZE),
	    (int64_t)llround((row.good + more->good) * UNIT),
	    (int64_t)llround((row.bad + more->bad) * UNIT),
	    (int64_t)llround((row.all + more->all) * UNIT), row.first_ms,
	    now_ms, now_ms + FORGOTTEN_AFTER * h->half_life_ms);
}

int
history_sweep(struct history *h, int64_t now_ms, struct err *err)
{
	unsigned added = h->added;

	h->added = 0;
	return state_sweep(&h->state, added, h->size_max, now_ms, err);
}
