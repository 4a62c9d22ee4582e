/* SPDX-License-Identifier: ISC */
/* Read-only queries, their rows, and what is refused. */
#include "unit.h"

#include "scratch.h"
#include "store/database.h"
#include "store/sql.h"

static const char key_octets[] = "it's a key";
static struct buf rows = BUF_INIT;

static int
collect(void *context, struct slice row, struct err *err)
{
	(void)context;
	(void)err;
	return buf_append_slice(&rows, row);
}

static void
write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	io_write(fd, text, strlen(text));
	close(fd);
}

static const char *
make_database(void)
{
	const struct database_key key = {.kind = DATABASE_KEY_TEXT,
	    .octets = key_octets, .n = sizeof(key_octets) - 1, .kdf_iter = 10};
	const char *path = scratch_path("sql.db");
	struct err err = ERR_INIT;
	sqlite3 *db;

	if (access(path, F_OK) == 0)
		return path;
	EXPECT(database_open(&db, path, &key, DATABASE_MAKE, &err) == 0);
	EXPECT(database_exec(db, "CREATE TABLE t(a, b);"
	    "INSERT INTO t VALUES(1, 'plain');"
	    "INSERT INTO t VALUES(NULL, x'00ff');"
	    "INSERT INTO t VALUES(1.5, 'tab' || char(9) || 'bell' || char(7)"
	    " || '\\' || char(0x202e))", &err) == 0);
	database_close(db);
	write_file(scratch_path("key"), "it's a key\n");
	return path;
}

static int
run(const char *sql, bool json, struct err *err)
{
	struct sql_query query = {.path = make_database(),
	    .key_file = scratch_path("key"), .kdf_iter = 10, .sql = sql,
	    .json = json};

	buf_reset(&rows);
	return sql_run(&query, collect, NULL, err);
}

static void
text_rows_have_tabs_and_no_control_characters(void)
{
	struct err err = ERR_INIT;

	EXPECT(run("SELECT a, b FROM t ORDER BY rowid", false, &err) == 0);
	EXPECT_SLICE("rows", SLICE("1\tplain\n\t00ff\n"
	    "1.5\ttab\\tbell\\x07\\\\\\xe2\\x80\\xae\n"), buf_slice(&rows));
}

static void
json_rows_are_arrays(void)
{
	struct err err = ERR_INIT;

	EXPECT(run("SELECT a, b FROM t WHERE rowid < 3; SELECT 9e999", true,
	    &err) == 0);
	EXPECT_SLICE("rows", SLICE("[1,\"plain\"]\n[null,\"00ff\"]\n[null]\n"),
	    buf_slice(&rows));
}

static void
whatever_does_more_than_read_is_refused(void)
{
	static const char *const statements[] = {
		"DELETE FROM t", "INSERT INTO t VALUES(1,1)",
		"CREATE TABLE u(x)", "CREATE TEMP TABLE u(x)",
		"ATTACH ':memory:' AS m", "PRAGMA user_version=3",
		"PRAGMA journal_mode=delete", "VACUUM", "BEGIN",
		"PRAGMA query_only=off", "SELECT load_extension('x')",
		"DROP TABLE t", "ANALYZE", NULL
	};

	for (int i = 0; statements[i] != NULL; i++) {
		struct err err = ERR_INIT;
		int rc = run(statements[i], false, &err);

		if (rc == 0 || err.kind != ERR_USAGE)
			printf("# %s: %d %s\n", statements[i], rc, err.text);
		EXPECT(rc < 0 && err.kind == ERR_USAGE);
	}
	struct err err = ERR_INIT;
	EXPECT(run("SELECT count(*) FROM t; PRAGMA integrity_check; "
	    "PRAGMA user_version", false, &err) == 0);
	EXPECT_SLICE("rows", SLICE("3\nok\n0\n"), buf_slice(&rows));
}

static void
a_wrong_key_is_a_sentence(void)
{
	struct sql_query query = {.path = make_database(),
	    .key_file = scratch_path("wrong"), .kdf_iter = 10,
	    .sql = "SELECT 1"};
	struct err err = ERR_INIT;

	write_file(query.key_file, "another key");
	EXPECT(sql_run(&query, collect, NULL, &err) < 0);
	EXPECT(err.kind == ERR_CONFIG);
	EXPECT(strstr(err.text, "wrong key") != NULL);
	write_file(query.key_file, "\n");
	EXPECT(sql_run(&query, collect, NULL, &err) < 0);
	EXPECT(strstr(err.text, "is empty") != NULL);
	query.key_file = scratch_path("missing");
	EXPECT(sql_run(&query, collect, NULL, &err) < 0);
	EXPECT(strstr(err.text, "No such file") != NULL);
}

static void
damage_is_found_whatever_the_query_touches(void)
{
	struct err err = ERR_INIT;
	const char *path = make_database();
	unsigned char octet;
	int fd = open(path, O_RDWR);

	EXPECT(pread(fd, &octet, 1, scratch_size(path) - 100) == 1);
	octet ^= 1;
	EXPECT(pwrite(fd, &octet, 1, scratch_size(path) - 100) == 1);
	close(fd);
	EXPECT(run("SELECT 1", false, &err) < 0);
	EXPECT(strstr(err.text, "is damaged: 1 of its pages") != NULL);
}

int
main(void)
{
	UNIT_RUN(text_rows_have_tabs_and_no_control_characters);
	UNIT_RUN(json_rows_are_arrays);
	UNIT_RUN(whatever_does_more_than_read_is_refused);
	UNIT_RUN(a_wrong_key_is_a_sentence);
	UNIT_RUN(damage_is_found_whatever_the_query_touches);
	buf_free(&rows);
	scratch_remove();
	return UNIT_RESULT;
}
