/* SPDX-License-Identifier: ISC */
/*
 * vfs_kill ROUNDS FOLDER: two writers fill an encrypted database with
 * numbered commits, tell each one that was acknowledged through a pipe, and
 * are killed at random moments.  After each round every acknowledged row must
 * be there exactly once, and at most the one that was under way besides.  The
 * checker itself mostly dies without closing, so that logs pile up over many
 * crashes.  Every fourth database uses a rollback journal.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/id.h"
#include "store/database.h"
#include "store/verify.h"

#define WRITERS 2
#define ROUNDS_PER_DATABASE 40
#define OCTETS_MAX 30000

static const struct database_key key = {.kind = DATABASE_KEY_RAW,
    .octets = "0123456789abcdefghijklmnopqrstuv", .n = 32};

struct kill_test {
	const char *path;
	int rollback;                /* journal, not WAL */
	int64_t acknowledged[WRITERS];
	int64_t commits;
};

static uint32_t
next_random(uint32_t *x)
{
	*x = *x * 1664525 + 1013904223;
	return *x >> 8;
}

/* The content of a row follows from its number. */
static size_t
make_row(int writer, int64_t n, unsigned char *out)
{
	uint32_t x = (uint32_t)(n * WRITERS + writer);
	size_t size = next_random(&x) % OCTETS_MAX;

	for (size_t i = 0; i < size; i++)
		out[i] = (unsigned char)next_random(&x);
	return size;
}

static void
must(int ok, const char *what, const char *why)
{
	if (ok)
		return;
	fprintf(stderr, "%s: %s\n", what, why);
	exit(1);
}

static sqlite3 *
open_database(const struct kill_test *test, enum database_mode mode)
{
	struct err err = ERR_INIT;
	sqlite3 *db;

	must(database_open(&db, test->path, &key, mode, &err) == 0, "open",
	    err.text);
	if (test->rollback)
		must(database_exec(db, "PRAGMA journal_mode=delete", &err) ==
		    0, "journal", err.text);
	return db;
}

/* What mailboxes do, and what makes logs odd: transactions larger than the
 * cache, overwritten frames, rollbacks, checkpoints of all kinds. */
static const char *
odd_statement(uint32_t x)
{
	switch (x % 40) {
	case 0: return "PRAGMA wal_checkpoint(passive)";
	case 1: return "PRAGMA wal_checkpoint(restart)";
	case 2: return "PRAGMA wal_checkpoint(truncate)";
	case 3: case 4: case 5:
		return "PRAGMA cache_size=5; BEGIN IMMEDIATE;"
		    "UPDATE other SET x = randomblob(8000);"
		    "INSERT INTO other SELECT randomblob(9000) FROM other "
		    "LIMIT 20; UPDATE other SET x = randomblob(100);"
		    "DELETE FROM other WHERE rowid % 2; ROLLBACK";
	case 6: case 7: case 8: case 9:
		return "PRAGMA cache_size=5; BEGIN IMMEDIATE;"
		    "INSERT INTO other SELECT randomblob(9000) FROM other "
		    "LIMIT 20; UPDATE other SET x = randomblob(7000);"
		    "DELETE FROM other WHERE rowid > 20; COMMIT";
	case 10: return "PRAGMA cache_size=-2000";
	default: return NULL;
	}
}

static void
write_rows(const struct kill_test *test, int writer, int report)
{
	static unsigned char octets[OCTETS_MAX];
	sqlite3 *db = open_database(test, DATABASE_WRITE);
	struct err err = ERR_INIT;
	sqlite3_stmt *insert;
	uint32_t x;

	random_octets(&x, sizeof(x));
	must(database_prepare(db, &insert, "INSERT INTO t VALUES(?1, ?2, ?3)",
	    &err) == 0, "prepare", err.text);
	for (int64_t n = test->acknowledged[writer] + 1;; n++) {
		const char *odd = odd_statement(next_random(&x));

		/* BUSY is no fault; the transaction is over then. */
		if (odd != NULL && sqlite3_exec(db, odd, NULL, NULL, NULL) !=
		    SQLITE_OK && !sqlite3_get_autocommit(db))
			sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
		sqlite3_bind_int(insert, 1, writer);
		sqlite3_bind_int64(insert, 2, n);
		sqlite3_bind_blob(insert, 3, octets,
		    (int)make_row(writer, n, octets), SQLITE_STATIC);
		must(database_step(insert, &err) == 0, "insert", err.text);
		if (write(report, &n, sizeof(n)) != sizeof(n))
			exit(1);
	}
}

static void
check_row(int writer, int64_t n, sqlite3_stmt *row)
{
	static unsigned char want[OCTETS_MAX];
	size_t size = make_row(writer, n, want);

	must((size_t)sqlite3_column_bytes(row, 1) == size && (size == 0 ||
	    memcmp(sqlite3_column_blob(row, 1), want, size) == 0), "check",
	    "a row has another content");
}

/* All rows of a writer, in order; sets how many there are. */
static void
check_writer(struct kill_test *test, sqlite3 *db, int writer)
{
	char sql[200], why[200];
	struct err err = ERR_INIT;
	sqlite3_stmt *row;
	int64_t n = 0;

	snprintf(sql, sizeof(sql), "SELECT n, x FROM t WHERE w = %d "
	    "ORDER BY n", writer);
	must(database_prepare(db, &row, sql, &err) == 0, "check", err.text);
	while (database_step(row, &err) > 0) {
		n++;
		if (sqlite3_column_int64(row, 0) != n) {
			snprintf(why, sizeof(why), "writer %d: row %lld where "
			    "%lld should be", writer,
			    (long long)sqlite3_column_int64(row, 0),
			    (long long)n);
			must(0, "check", why);
		}
		check_row(writer, n, row);
	}
	sqlite3_finalize(row);
	snprintf(why, sizeof(why), "writer %d: %lld rows, %lld acknowledged",
	    writer, (long long)n, (long long)test->acknowledged[writer]);
	must(n == test->acknowledged[writer] ||
	    n == test->acknowledged[writer] + 1, "check", why);
	test->acknowledged[writer] = n;
}

static void
check_all(struct kill_test *test, sqlite3 *db)
{
	struct verify_result result;
	struct err err = ERR_INIT;
	sqlite3_stmt *row;

	must(database_prepare(db, &row, "PRAGMA integrity_check", &err) == 0,
	    "check", err.text);
	must(database_step(row, &err) > 0, "check", err.text);
	must(strcmp((const char *)sqlite3_column_text(row, 0), "ok") == 0,
	    "integrity_check", (const char *)sqlite3_column_text(row, 0));
	sqlite3_finalize(row);
	for (int w = 0; w < WRITERS; w++)
		check_writer(test, db, w);
	must(verify_pages(db, &result, &err) == 0, "verify", err.text);
	must(result.bad_pages + result.bad_frames == 0, "verify", "bad tags");
}

/* In a process of its own, that tells what it found and then dies. */
static void
check_and_die(struct kill_test *test)
{
	int ends[2], status;
	pid_t child;

	must(pipe(ends) == 0, "pipe", "failed");
	child = fork();
	if (child == 0) {
		check_all(test, open_database(test, DATABASE_WRITE));
		if (write(ends[1], test->acknowledged,
		    sizeof(test->acknowledged)) < 0)
			exit(1);
		kill(getpid(), SIGKILL);
	}
	close(ends[1]);
	waitpid(child, &status, 0);
	must(WIFSIGNALED(status), "check", "found a fault");
	must(read(ends[0], test->acknowledged, sizeof(test->acknowledged)) ==
	    sizeof(test->acknowledged), "check", "died too early");
	close(ends[0]);
}

static void
check(struct kill_test *test, int round)
{
	sqlite3 *db;

	if (round % 4 != 0) {
		check_and_die(test);
		return;
	}
	db = open_database(test, DATABASE_WRITE);
	check_all(test, db);
	database_close(db);
}

static void
start_database(struct kill_test *test, int round)
{
	static const char *const ends[] = {"", "-wal", "-shm", "-journal"};
	struct err err = ERR_INIT;
	char name[300];
	sqlite3 *db;

	for (int i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), "%s%s", test->path, ends[i]);
		unlink(name);
	}
	memset(test->acknowledged, 0, sizeof(test->acknowledged));
	test->rollback = round / ROUNDS_PER_DATABASE % 4 == 3;
	db = open_database(test, DATABASE_MAKE);
	must(database_exec(db, "CREATE TABLE t(w, n, x); CREATE INDEX t_n ON "
	    "t(w, n); CREATE TABLE other(x); WITH RECURSIVE n(i) AS (VALUES(1)"
	    " UNION ALL SELECT i+1 FROM n WHERE i < 20) INSERT INTO other "
	    "SELECT randomblob(9000) FROM n", &err) == 0, "make", err.text);
	database_close(db);
}

/* Reads what the dead writer had said. */
static void
hear(struct kill_test *test, int writer, int report)
{
	int64_t n;

	while (read(report, &n, sizeof(n)) == sizeof(n)) {
		test->commits += n - test->acknowledged[writer];
		test->acknowledged[writer] = n;
	}
	close(report);
}

static void
run_round(struct kill_test *test, uint32_t *x)
{
	int ends[WRITERS][2], n = test->rollback ? 1 : WRITERS;
	pid_t writers[WRITERS];

	for (int w = 0; w < n; w++) {
		must(pipe(ends[w]) == 0, "pipe", "failed");
		must(fcntl(ends[w][1], F_SETPIPE_SZ, 1 << 20) > 0, "pipe",
		    "cannot be large");
		writers[w] = fork();
		if (writers[w] == 0) {
			write_rows(test, w, ends[w][1]);
			exit(0);
		}
		close(ends[w][1]);
	}
	for (int w = 0; w < n; w++) {
		int status;

		usleep(2000 + next_random(x) % 50000);
		kill(writers[w], SIGKILL);
		waitpid(writers[w], &status, 0);
		must(WIFSIGNALED(status), "writer", "ended by itself");
	}
	for (int w = 0; w < n; w++)
		hear(test, w, ends[w][0]);
}

int
main(int argc, char *argv[])
{
	struct kill_test test = {0};
	int rounds = argc == 3 ? atoi(argv[1]) : 0;
	char path[256];
	uint32_t x;

	if (rounds < 1) {
		fprintf(stderr, "usage: vfs_kill ROUNDS FOLDER\n");
		return 64;
	}
	snprintf(path, sizeof(path), "%s/kill.db", argv[2]);
	test.path = path;
	random_octets(&x, sizeof(x));
	for (int round = 0; round < rounds; round++) {
		if (round % ROUNDS_PER_DATABASE == 0)
			start_database(&test, round);
		run_round(&test, &x);
		check(&test, round);
	}
	printf("%d rounds, %lld commits acknowledged, none lost\n", rounds,
	    (long long)test.commits);
	return 0;
}
