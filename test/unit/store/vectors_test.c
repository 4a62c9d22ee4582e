/* SPDX-License-Identifier: ISC */
/*
 * Files made by SQLite3 Multiple Ciphers: test/data/vectors (small, our own)
 * and ../shared/vectors/mailbox where it is there.  vectors.json tells the
 * key of each and what it must hold; SQLite's own JSON functions read it.
 */
#include "unit.h"

#include "scratch.h"
#include "store/database.h"

static sqlite3 *list; /* the vectors of one folder, in memory */
static const char *folder;

static char *
text_of(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *statement;
	char *text = NULL;

	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
		return NULL;
	if (sqlite3_step(statement) == SQLITE_ROW &&
	    sqlite3_column_text(statement, 0) != NULL)
		text = strdup((const char *)sqlite3_column_text(statement, 0));
	sqlite3_finalize(statement);
	return text;
}

static int
list_open(void)
{
	struct buf content = BUF_INIT;
	sqlite3_stmt *statement;
	char path[512];

	snprintf(path, sizeof(path), "%s/vectors.json", folder);
	if (io_read_file(path, &content, NULL) < 0)
		return -1;
	sqlite3_open(":memory:", &list);
	sqlite3_exec(list, "CREATE TABLE v(file, key, iter, error, mailbox, "
	    "msg)", NULL, NULL, NULL);
	sqlite3_prepare_v2(list, "INSERT INTO v SELECT value->>'file', "
	    "value->>'key_bytes_hex', value->>'kdf_iter', "
	    "value->>'expect_error', value->'expect'->'mailbox', "
	    "value->'expect'->'msg' "
	    "FROM json_each(?1, '$.vectors')", -1, &statement, NULL);
	sqlite3_bind_text(statement, 1, buf_text(&content), -1, SQLITE_STATIC);
	sqlite3_step(statement);
	sqlite3_finalize(statement);
	buf_free(&content);
	return 0;
}

/* Copies the file with its WAL and journal, and returns the copy's path. */
static const char *
take(const char *file)
{
	static const char *const ends[] = {"", "-wal", "-journal"};
	char from[600], to[200];

	for (int i = 0; i < 3; i++) {
		snprintf(from, sizeof(from), "%s/%s%s", folder, file, ends[i]);
		snprintf(to, sizeof(to), "%s%s", scratch_path(file), ends[i]);
		if (access(from, R_OK) == 0)
			scratch_copy(from, to);
	}
	return scratch_path(file);
}

static int
is_same(const char *label, sqlite3 *db, const char *sql, const char *want)
{
	char *got = text_of(db, sql);
	int same = got != NULL && want != NULL && strcmp(got, want) == 0;

	if (!same)
		printf("# %s: %s\n# want %.300s\n# got  %.300s\n", label, sql,
		    want == NULL ? "nothing" : want,
		    got == NULL ? sqlite3_errmsg(db) : got);
	free(got);
	return same;
}

static const char mailbox_rows[] = "SELECT json_group_array(json(r)) FROM "
    "(SELECT json_array(id,path,uidnext) r FROM mailbox ORDER BY id)";
static const char msg_rows[] = "SELECT json_group_array(json(r)) FROM "
    "(SELECT json_array(id,mbox,uid,subj,lower(hex(raw))) r FROM msg "
    "ORDER BY id)";

static void
check_content(const char *file, const char *path,
    const struct database_key *key, enum database_mode mode,
    const char *mailbox, const char *msg)
{
	struct err err = ERR_INIT;
	sqlite3 *db;

	if (database_open(&db, path, key, mode, &err) < 0) {
		printf("# %s: %s\n", file, err.text);
		EXPECT(!"opens");
		return;
	}
	EXPECT(is_same(file, db, "PRAGMA integrity_check", "ok"));
	EXPECT(is_same(file, db, mailbox_rows, mailbox));
	EXPECT(is_same(file, db, msg_rows, msg));
	database_close(db);
}

/* Reading, then writing, then reading what was written. */
static void
check_good(const char *file, const struct database_key *key,
    const char *mailbox, const char *msg)
{
	const char *path = take(file);
	struct err err = ERR_INIT;
	sqlite3 *db;

	check_content(file, path, key, DATABASE_READ, mailbox, msg);
	path = take(file);
	check_content(file, path, key, DATABASE_WRITE, mailbox, msg);
	EXPECT(database_open(&db, path, key, DATABASE_WRITE, &err) == 0);
	EXPECT(database_exec(db, "CREATE TABLE more(x); "
	    "INSERT INTO more VALUES(randomblob(100000))", &err) == 0);
	database_close(db);
	check_content(file, path, key, DATABASE_READ, mailbox, msg);
}

static void
check_bad(const char *file, const struct database_key *key,
    const char *error)
{
	struct err err = ERR_INIT;
	sqlite3 *db;
	int rc = database_open(&db, take(file), key, DATABASE_READ, &err);

	if (rc == 0) {
		char *text;

		rc = database_exec(db, "SELECT sum(length(raw)) FROM msg; "
		    "SELECT sum(uidnext) FROM mailbox; "
		    "SELECT path FROM mailbox ORDER BY path", &err);
		text = text_of(db, "PRAGMA integrity_check");
		EXPECT(text == NULL || strcmp(text, "ok") != 0);
		free(text);
	}
	printf("# %s: %s\n", file, err.text);
	EXPECT(rc < 0);
	EXPECT(err.kind == ERR_CONFIG);
	EXPECT(strstr(err.text, file) != NULL);
	EXPECT(strstr(err.text, strcmp(error, "SQLITE_NOTADB") == 0 ?
	    "wrong key" : "damaged") != NULL);
	database_close(db);
}

static void
check_all(const char *where)
{
	sqlite3_stmt *row;
	int n = 0;

	folder = where;
	if (list_open() < 0) {
		printf("# SKIPPED: no vectors at %s\n", where);
		return;
	}
	sqlite3_prepare_v2(list, "SELECT file, key, iter, error, mailbox, msg "
	    "FROM v", -1, &row, NULL);
	while (sqlite3_step(row) == SQLITE_ROW) {
		const char *file = (const char *)sqlite3_column_text(row, 0);
		const char *hex = (const char *)sqlite3_column_text(row, 1);
		const char *error = (const char *)sqlite3_column_text(row, 3);
		unsigned char octets[256];
		struct database_key key = {.kind = DATABASE_KEY_TEXT,
		    .octets = octets, .n = strlen(hex) / 2,
		    .kdf_iter = (unsigned)sqlite3_column_int(row, 2)};

		for (size_t i = 0; i < key.n; i++)
			octets[i] = (unsigned char)(ascii_hex(hex[2 * i]) * 16 +
			    ascii_hex(hex[2 * i + 1]));
		if (error != NULL)
			check_bad(file, &key, error);
		else
			check_good(file, &key,
			    (const char *)sqlite3_column_text(row, 4),
			    (const char *)sqlite3_column_text(row, 5));
		n++;
	}
	sqlite3_finalize(row);
	sqlite3_close(list);
	printf("# %d files of %s\n", n, where);
	EXPECT(n > 0);
}

static void
reads_and_writes_what_other_tools_made(void)
{
	check_all("../shared/vectors/mailbox");
}

static void
reads_and_writes_our_own_small_ones(void)
{
	check_all("test/data/vectors");
}

int
main(void)
{
	UNIT_RUN(reads_and_writes_our_own_small_ones);
	UNIT_RUN(reads_and_writes_what_other_tools_made);
	scratch_remove();
	return UNIT_RESULT;
}
