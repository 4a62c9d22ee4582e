/* SPDX-License-Identifier: ISC */
#ifndef FE_TEST_ENCRYPTED_H
#define FE_TEST_ENCRYPTED_H

/* What the tests of encrypted databases share: opening, counting, crashing. */
#include <signal.h>
#include <stdint.h>
#include <sys/wait.h>

#include "scratch.h"
#include "store/database.h"

#define MARKER "a marker that must not be seen on disk"

static const struct database_key test_key = {.kind = DATABASE_KEY_RAW,
    .octets = "0123456789abcdefghijklmnopqrstuv", .n = 32};
static const struct database_key other_key = {.kind = DATABASE_KEY_RAW,
    .octets = "another key, another key, anoth.", .n = 32};

static inline sqlite3 *
must_open(const char *path, const struct database_key *key,
    enum database_mode mode)
{
	struct err err = ERR_INIT;
	sqlite3 *db;

	if (database_open(&db, path, key, mode, &err) < 0)
		printf("# %s\n", err.text);
	return db;
}

static inline int
run(sqlite3 *db, const char *sql)
{
	int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);

	if (rc != SQLITE_OK)
		printf("# %d %s: %.70s\n", sqlite3_extended_errcode(db),
		    sqlite3_errmsg(db), sql);
	return rc;
}

/* -1 where the query fails. */
static inline long long
number(sqlite3 *db, const char *sql)
{
	struct err err = ERR_INIT;
	int64_t out;

	if (database_number(db, sql, &out, &err) == 0)
		return out;
	printf("# %s\n", err.text);
	return -1;
}

static inline int
is_sound(sqlite3 *db)
{
	sqlite3_stmt *row;
	int sound = 0;

	if (sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &row,
	    NULL) == SQLITE_OK && sqlite3_step(row) == SQLITE_ROW)
		sound = strcmp((const char *)sqlite3_column_text(row, 0),
		    "ok") == 0;
	sqlite3_finalize(row);
	return sound;
}

/* Runs in a process of its own, which is then killed with everything open. */
static inline void
crash_after(void (*work)(const char *path), const char *path)
{
	int status;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child == 0) {
		work(path);
		fflush(stdout);
		kill(getpid(), SIGKILL);
	}
	waitpid(child, &status, 0);
	if (!WIFSIGNALED(status))
		printf("# the child ended by itself: %d\n", status);
}

#endif
