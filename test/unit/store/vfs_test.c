/* SPDX-License-Identifier: ISC */
/* Encrypted files as SQLite uses them: everything but the WAL's own tests. */
#include "unit.h"

#include <unistd.h>

#include "encrypted.h"
#include "store/vfs.h"

static const char some_rows[] =
    "CREATE TABLE t(id INTEGER PRIMARY KEY, x);"
    "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i+1 FROM n "
    "WHERE i < 300) INSERT INTO t SELECT i, '" MARKER "' || i || "
    "hex(randomblob(300)) FROM n;"
    "CREATE INDEX t_x ON t(x)";

static int
holds_plain_text(const char *path)
{
	static const char *const ends[] = {"", "-wal", "-journal", "-shm"};
	char name[256];
	int found = 0;

	for (int i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), "%s%s", path, ends[i]);
		found |= scratch_holds(name, MARKER);
		found |= i < 3 && scratch_holds(name, "CREATE TABLE");
	}
	return found;
}

static void
no_plain_text_in_any_file_in_either_journal_mode(void)
{
	const char *path = scratch_path("plain.db");
	sqlite3 *db = must_open(path, &test_key, DATABASE_MAKE);

	EXPECT(run(db, some_rows) == SQLITE_OK);
	EXPECT(scratch_size(scratch_path("plain.db-wal")) > 100000);
	EXPECT(!holds_plain_text(path));
	EXPECT(run(db, "PRAGMA wal_checkpoint(truncate)") == SQLITE_OK);
	EXPECT(run(db, "PRAGMA journal_mode=delete; PRAGMA cache_size=5; "
	    "BEGIN; UPDATE t SET x = x || 'more'") == SQLITE_OK);
	EXPECT(scratch_size(scratch_path("plain.db-journal")) > 100000);
	EXPECT(!holds_plain_text(path));
	EXPECT(run(db, "ROLLBACK") == SQLITE_OK);
	EXPECT(is_sound(db));
	EXPECT_NUMBER("rows", 300, number(db, "SELECT count(*) FROM t "
	    "WHERE x LIKE '" MARKER "%' AND x NOT LIKE '%more'"));
	database_close(db);
	EXPECT(!holds_plain_text(path));
}

/* A new file with another page size than ours have. */
static sqlite3 *
make_with_page_size(const char *path, int size)
{
	struct file_key *key = file_key_new(&test_key, NULL);
	uint64_t id = vfs_key_offer(key);
	int reserved = 32;
	char text[256];
	sqlite3 *db;

	file_key_drop(key);
	snprintf(text, sizeof(text), "file://%s?keyid=%d", path, (int)id);
	sqlite3_open_v2(text, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
	    SQLITE_OPEN_URI | SQLITE_OPEN_EXRESCODE, VFS_NAME);
	vfs_key_withdraw(id);
	sqlite3_file_control(db, "main", SQLITE_FCNTL_RESERVE_BYTES,
	    &reserved);
	snprintf(text, sizeof(text), "PRAGMA page_size=%d; "
	    "PRAGMA temp_store=memory; PRAGMA synchronous=off", size);
	run(db, text);
	return db;
}

static void
use_page_size(int size, const char *mode)
{
	char label[40], sql[100];
	const char *path;
	sqlite3 *db;

	snprintf(label, sizeof(label), "size-%d-%s.db", size, mode);
	path = scratch_path(label);
	db = make_with_page_size(path, size);
	snprintf(sql, sizeof(sql), "PRAGMA journal_mode=%s", mode);
	run(db, sql);
	EXPECT(run(db, some_rows) == SQLITE_OK);
	EXPECT(run(db, "BEGIN; DELETE FROM t; ROLLBACK") == SQLITE_OK);
	EXPECT(run(db, "DELETE FROM t WHERE id % 3 = 0") == SQLITE_OK);
	EXPECT(run(db, "UPDATE t SET x = x || 'y'") == SQLITE_OK);
	EXPECT(!holds_plain_text(path));
	EXPECT(run(db, "PRAGMA page_size=2048; VACUUM") == SQLITE_OK);
	sqlite3_close(db);
	db = must_open(path, &test_key, DATABASE_READ);
	EXPECT_NUMBER(label, size, number(db, "PRAGMA page_size"));
	EXPECT_NUMBER(label, 200, number(db, "SELECT count(*) FROM t"));
	EXPECT(is_sound(db));
	database_close(db);
	EXPECT(!holds_plain_text(path));
}

static void
every_page_size_in_every_journal_mode(void)
{
	static const char *const modes[] = {"wal", "delete", "truncate",
	    "persist"};

	for (int size = 512; size <= 65536; size *= 2)
		for (size_t i = 0; i < 4; i++)
			if (size >= 1024 || i < 2)
				use_page_size(size, modes[i]);
}

static void
vacuum_attach_and_copy_keep_the_files_encrypted(void)
{
	const char *path = scratch_path("vacuum.db");
	const char *copy = scratch_path("copy with ? # % and blank.db");
	const char *other = scratch_path("attached.db");
	struct err err = ERR_INIT;
	sqlite3 *db = must_open(path, &test_key, DATABASE_MAKE);

	EXPECT(run(db, some_rows) == SQLITE_OK);
	EXPECT(run(db, "DELETE FROM t WHERE id > 100; VACUUM") == SQLITE_OK);
	EXPECT(database_copy(db, copy, &other_key, &err) == 0);
	EXPECT(database_copy(db, copy, &other_key, &err) < 0);
	EXPECT(strstr(err.text, "there already") != NULL);
	EXPECT(database_attach(db, "o", other, &other_key, 1, &err) == 0);
	EXPECT(run(db, "CREATE TABLE o.u AS SELECT * FROM t") == SQLITE_OK);
	EXPECT(database_attach(db, "bad", copy, &test_key, 0, &err) < 0 ||
	    sqlite3_exec(db, "SELECT * FROM bad.t", NULL, NULL, NULL) ==
	    SQLITE_NOTADB);
	database_close(db);
	EXPECT(database_open(&db, copy, &test_key, DATABASE_READ, &err) < 0);
	db = must_open(copy, &other_key, DATABASE_WRITE);
	EXPECT_NUMBER("copied", 100, number(db, "SELECT count(*) FROM t"));
	EXPECT(is_sound(db));
	database_close(db);
	db = must_open(other, &other_key, DATABASE_WRITE);
	EXPECT_NUMBER("attached", 100, number(db, "SELECT count(*) FROM u"));
	EXPECT(is_sound(db));
	database_close(db);
	EXPECT(!holds_plain_text(path) && !holds_plain_text(copy) &&
	    !holds_plain_text(other));
}

static void
a_file_without_a_known_key_is_not_opened(void)
{
	const char *path = scratch_path("nokey.db");
	sqlite3 *db = must_open(path, &test_key, DATABASE_MAKE);
	char sql[200];

	snprintf(sql, sizeof(sql), "ATTACH '%s-2' AS b", path);
	EXPECT(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_CANTOPEN);
	snprintf(sql, sizeof(sql), "VACUUM INTO '%s-2'", path);
	EXPECT(sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK);
	snprintf(sql, sizeof(sql), "%s-2", path);
	EXPECT(scratch_size(sql) < 0);
	database_close(db);
}

static void
temporary_files_are_refused(void)
{
	sqlite3 *db = must_open(scratch_path("temp.db"), &test_key,
	    DATABASE_MAKE);

	EXPECT(run(db, some_rows) == SQLITE_OK);
	EXPECT(run(db, "CREATE TEMP TABLE m AS SELECT * FROM t") ==
	    SQLITE_OK);
	EXPECT(run(db, "PRAGMA temp_store=file") == SQLITE_OK);
	EXPECT(sqlite3_exec(db, "PRAGMA temp.cache_size=1; CREATE TEMP TABLE "
	    "f AS SELECT a.x, b.x FROM t a, t b", NULL, NULL, NULL) ==
	    SQLITE_CANTOPEN);
	database_close(db);
}

/* Undone with a statement journal, which must not become a file. */
static void
a_statement_that_fails_half_way_is_undone(void)
{
	sqlite3 *db = must_open(scratch_path("statement.db"), &test_key,
	    DATABASE_MAKE);

	EXPECT(run(db, some_rows) == SQLITE_OK);
	EXPECT(run(db, "CREATE UNIQUE INDEX t_u ON t(x); PRAGMA cache_size=5;"
	    "BEGIN; UPDATE t SET x = 'a' || x WHERE id < 5") == SQLITE_OK);
	EXPECT(sqlite3_exec(db, "UPDATE t SET x = CASE WHEN id < 290 THEN x "
	    "|| hex(randomblob(500)) ELSE 'same' END", NULL, NULL, NULL) ==
	    SQLITE_CONSTRAINT_UNIQUE);
	EXPECT(run(db, "SAVEPOINT s; DELETE FROM t; ROLLBACK TO s; COMMIT") ==
	    SQLITE_OK);
	EXPECT_NUMBER("rows", 300, number(db, "SELECT count(*) FROM t"));
	EXPECT_NUMBER("changed", 4, number(db, "SELECT count(*) FROM t "
	    "WHERE x LIKE 'aa%'"));
	EXPECT(is_sound(db));
	database_close(db);
}

/* Renamed away and replaced while a handle is open: its close must not take
 * the new file's WAL away (SQLITE_FCNTL_HAS_MOVED). */
static void
write_successor(const char *path)
{
	sqlite3 *db = must_open(path, &test_key, DATABASE_MAKE);

	run(db, "PRAGMA wal_autocheckpoint=0; CREATE TABLE u(x);"
	    "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i+1 FROM n "
	    "WHERE i < 20) INSERT INTO u SELECT i FROM n");
}

static void
a_handle_on_a_renamed_file_leaves_its_successors_log_alone(void)
{
	const char *path = scratch_path("moved.db");
	sqlite3 *old = must_open(path, &test_key, DATABASE_MAKE);
	sqlite3 *db;

	EXPECT(run(old, some_rows) == SQLITE_OK);
	EXPECT(run(old, "PRAGMA wal_checkpoint(truncate)") == SQLITE_OK);
	EXPECT(rename(path, scratch_path("moved.old")) == 0);
	EXPECT(unlink(scratch_path("moved.db-wal")) == 0);
	EXPECT(unlink(scratch_path("moved.db-shm")) == 0);
	crash_after(write_successor, path);
	EXPECT(scratch_size(scratch_path("moved.db-wal")) > 0);
	database_close(old);
	EXPECT(scratch_size(scratch_path("moved.db-wal")) > 0);
	db = must_open(path, &test_key, DATABASE_WRITE);
	EXPECT_NUMBER("rows", 20, number(db, "SELECT count(*) FROM u"));
	database_close(db);
}

static void
leave_hot_journal(const char *path)
{
	sqlite3 *db = must_open(path, &test_key, DATABASE_WRITE);

	run(db, "PRAGMA journal_mode=delete; PRAGMA cache_size=5;"
	    "BEGIN; UPDATE t SET x = 'uncommitted' || x;"
	    "DELETE FROM t WHERE id % 2");
}

static void
rolls_back_what_a_crash_left_in_the_journal(void)
{
	const char *path = scratch_path("hot.db");
	const char *journal = scratch_path("hot.db-journal");
	sqlite3 *db = must_open(path, &test_key, DATABASE_MAKE);
	struct err err = ERR_INIT;

	EXPECT(run(db, some_rows) == SQLITE_OK);
	database_close(db);
	crash_after(leave_hot_journal, path);
	EXPECT(scratch_size(journal) > 1000);
	EXPECT(!holds_plain_text(path));
	EXPECT(scratch_copy(path, scratch_path("hot2.db")) == 0);
	EXPECT(scratch_copy(journal, scratch_path("hot2.db-journal")) == 0);

	db = must_open(path, &test_key, DATABASE_READ);
	EXPECT_NUMBER("rows", 300, number(db, "SELECT count(*) FROM t "
	    "WHERE x LIKE '" MARKER "%'"));
	EXPECT(is_sound(db));
	EXPECT(sqlite3_exec(db, "DELETE FROM t", NULL, NULL, NULL) ==
	    SQLITE_READONLY);
	database_close(db);
	EXPECT(scratch_size(journal) <= 0);

	/* A wrong key must leave file and journal as they are. */
	path = scratch_path("hot2.db");
	EXPECT(database_open(&db, path, &other_key, DATABASE_WRITE, &err) < 0);
	db = must_open(path, &test_key, DATABASE_WRITE);
	EXPECT_NUMBER("rows", 300, number(db, "SELECT count(*) FROM t "
	    "WHERE x LIKE '" MARKER "%'"));
	EXPECT(is_sound(db));
	database_close(db);
}

/* The same passphrase, another salt: as after a rekey by another tool. */
static void
an_open_handle_notices_another_salt(void)
{
	const struct database_key pass = {.kind = DATABASE_KEY_TEXT,
	    .octets = "a passphrase", .n = 12, .kdf_iter = 5};
	const char *path = scratch_path("salt.db");
	const char *other = scratch_path("salt2.db");
	sqlite3 *db, *db2;

	db = must_open(path, &pass, DATABASE_MAKE);
	EXPECT(run(db, "PRAGMA journal_mode=delete; CREATE TABLE t(x); "
	    "INSERT INTO t VALUES(1)") == SQLITE_OK);
	db2 = must_open(other, &pass, DATABASE_MAKE);
	EXPECT(run(db2, "PRAGMA journal_mode=delete; CREATE TABLE t(x); "
	    "INSERT INTO t VALUES(2); INSERT INTO t VALUES(3)") == SQLITE_OK);
	database_close(db2);
	EXPECT_NUMBER("before", 1, number(db, "SELECT sum(x) FROM t"));
	EXPECT(scratch_copy(other, path) == 0);
	EXPECT_NUMBER("after", 5, number(db, "SELECT sum(x) FROM t"));
	EXPECT(run(db, "INSERT INTO t VALUES(4)") == SQLITE_OK);
	database_close(db);
	db = must_open(path, &pass, DATABASE_READ);
	EXPECT_NUMBER("written", 9, number(db, "SELECT sum(x) FROM t"));
	database_close(db);
}

static void
what_is_no_encrypted_database_is_refused_with_a_reason(void)
{
	static const struct {
		const char *name;
		const char *content;
		const char *reason;
	} rows[] = {
		{"empty.db", "", "is empty"},
		{"short.db", "SQLite", "too short"},
		{"text.db", "Dear Sir or Madam, this is no database at all, "
		    "but a letter of more than one hundred octets, so that a "
		    "header could be read from it.", "wrong key, or not"},
	};
	struct err err = ERR_INIT;
	const char *path;
	sqlite3 *db;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int fd;

		path = scratch_path(rows[i].name);
		fd = open(path, O_CREAT | O_WRONLY, 0600);
		io_write(fd, rows[i].content, strlen(rows[i].content));
		close(fd);
		EXPECT(database_open(&db, path, &test_key, DATABASE_READ,
		    &err) < 0);
		EXPECT(db == NULL);
		EXPECT(strstr(err.text, rows[i].reason) != NULL);
	}
	path = scratch_path("plainfile.db");
	sqlite3_open(path, &db);
	run(db, "CREATE TABLE t(x)");
	sqlite3_close(db);
	EXPECT(database_open(&db, path, &test_key, DATABASE_MAKE, &err) < 0);
	EXPECT(strstr(err.text, "not encrypted") != NULL);
	EXPECT(database_open(&db, scratch_path("none.db"), &test_key,
	    DATABASE_WRITE, &err) < 0);
	EXPECT(strstr(err.text, "No such file") != NULL);
	EXPECT(scratch_size(scratch_path("none.db")) < 0);
}

/* Pages are refused when SQLite has no room for nonce and tag in them. */
static void
never_writes_over_content(void)
{
	struct file_key *key;
	char uri[256];
	uint64_t id;
	sqlite3 *db;

	key = file_key_new(&test_key, NULL);
	id = vfs_key_offer(key);
	file_key_drop(key);
	snprintf(uri, sizeof(uri), "file://%s?keyid=%d",
	    scratch_path("reserve.db"), (int)id);
	EXPECT(sqlite3_open_v2(uri, &db, SQLITE_OPEN_READWRITE |
	    SQLITE_OPEN_CREATE | SQLITE_OPEN_URI, VFS_NAME) == SQLITE_OK);
	EXPECT(sqlite3_exec(db, "CREATE TABLE t(x)", NULL, NULL, NULL) ==
	    SQLITE_IOERR);
	sqlite3_close(db);
	vfs_key_withdraw(id);
}

/* What each of them does; the exit status is the result code at fault. */
static int
make_and_add_a_row(const char *path)
{
	struct err err = ERR_INIT;
	sqlite3 *db;
	int rc;

	alarm(60);
	if (database_open(&db, path, &test_key, DATABASE_MAKE, &err) < 0) {
		fprintf(stderr, "# %s\n", err.text);
		return 1;
	}
	rc = sqlite3_exec(db, "BEGIN IMMEDIATE; "
	    "CREATE TABLE IF NOT EXISTS t(x); INSERT INTO t VALUES(1); COMMIT",
	    NULL, NULL, NULL);
	database_close(db);
	return rc == SQLITE_OK ? 0 : 2;
}

static void
several_processes_make_one_file_at_once(void)
{
	enum { ROUNDS = 40, MAKERS = 6 };
	int failed = 0;

	fflush(stdout);
	for (int i = 0; i < ROUNDS; i++) {
		char name[32];
		const char *path;
		sqlite3 *db;

		snprintf(name, sizeof(name), "made-%d.db", i);
		path = scratch_path(name);
		for (int j = 0; j < MAKERS; j++)
			if (fork() == 0)
				_exit(make_and_add_a_row(path));
		for (int j = 0, status; j < MAKERS; j++)
			failed += wait(&status) < 0 || status != 0;
		db = must_open(path, &test_key, DATABASE_READ);
		EXPECT_NUMBER("rows", MAKERS,
		    number(db, "SELECT count(*) FROM t"));
		database_close(db);
	}
	EXPECT_NUMBER("failed", 0, failed);
}

int
main(void)
{
	if (vfs_register(NULL) < 0)
		return 1;
	UNIT_RUN(no_plain_text_in_any_file_in_either_journal_mode);
	UNIT_RUN(every_page_size_in_every_journal_mode);
	UNIT_RUN(vacuum_attach_and_copy_keep_the_files_encrypted);
	UNIT_RUN(a_file_without_a_known_key_is_not_opened);
	UNIT_RUN(temporary_files_are_refused);
	UNIT_RUN(a_statement_that_fails_half_way_is_undone);
	UNIT_RUN(a_handle_on_a_renamed_file_leaves_its_successors_log_alone);
	UNIT_RUN(rolls_back_what_a_crash_left_in_the_journal);
	UNIT_RUN(an_open_handle_notices_another_salt);
	UNIT_RUN(what_is_no_encrypted_database_is_refused_with_a_reason);
	UNIT_RUN(never_writes_over_content);
	UNIT_RUN(several_processes_make_one_file_at_once);
	scratch_remove();
	return UNIT_RESULT;
}
