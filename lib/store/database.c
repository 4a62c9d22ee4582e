/* SPDX-License-Identifier: ISC */
/*
 * Connections to encrypted files.  The key goes to the VFS through its table
 * of offered keys and stays there only while a file is being opened.
 */
#include "database.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/io.h"
#include "page.h"
#include "vfs.h"

#define PATH_OCTETS_MAX 4096
#define TEXT_OF(number) #number
#define PAGE_SIZE_TEXT(size) TEXT_OF(size)
#define BUSY_PAUSE_MS 2

/* How SQLite's file layer is asked for the file. */
enum opening {
	OPENING_PLAIN,
	OPENING_FROZEN,  /* in a folder that cannot be written */
	OPENING_ROLLBACK /* a transaction must be rolled back before a read */
};

static const char settings[] =
    "PRAGMA temp_store=memory;"
    "PRAGMA secure_delete=on;"
    "PRAGMA foreign_keys=on;"
    "PRAGMA synchronous=full;"
    "PRAGMA cache_size=-4096;"
    "PRAGMA trusted_schema=off;";

/* For who keeps many open, and syncs when he wants to. */
static const char lazy_settings[] =
    "PRAGMA synchronous=normal;"
    "PRAGMA cache_size=-128;";

static const struct {
	int code;
	enum err_kind kind;
	const char *text;
} causes[] = {
	{SQLITE_NOTADB, ERR_CONFIG, "wrong key, or not an encrypted database"},
	{SQLITE_CORRUPT, ERR_CONFIG, "the file is damaged"},
	{SQLITE_FULL, ERR_SYSTEM, "the disk is full"},
	{SQLITE_BUSY, ERR_SYSTEM, "locked by another process"},
	{SQLITE_LOCKED, ERR_SYSTEM, "locked within this process"},
	{SQLITE_READONLY, ERR_SYSTEM, "the file or its folder is read-only"},
	{SQLITE_CANTOPEN, ERR_SYSTEM, "cannot open the file"},
	{SQLITE_IOERR, ERR_SYSTEM, "reading or writing failed"},
	{SQLITE_NOMEM, ERR_SYSTEM, "out of memory"},
	{SQLITE_INTERRUPT, ERR_SYSTEM, "interrupted"},
};

int
database_fail(sqlite3 *db, struct err *err, const char *format, ...)
{
	const char *path = db == NULL ? NULL : sqlite3_db_filename(db, "main");
	const char *text = sqlite3_errmsg(db);
	enum err_kind kind = ERR_BUG;
	int code = sqlite3_errcode(db) & 0xff;
	char what[256];
	va_list arguments;

	for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
		if (causes[i].code == code) {
			kind = causes[i].kind;
			text = causes[i].text;
		}
	}
	va_start(arguments, format);
	vsnprintf(what, sizeof(what), format, arguments);
	va_end(arguments);
	if (path == NULL || *path == '\0')
		return err_set(err, kind, "%s: %s", what, text);
	return err_set(err, kind, "%s: '%s': %s", what, path, text);
}

int
database_exec(sqlite3 *db, const char *sql, struct err *err)
{
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return database_fail(db, err, "cannot run '%.60s'", sql);
	return 0;
}

int
database_prepare(sqlite3 *db, sqlite3_stmt **statement, const char *sql,
    struct err *err)
{
	if (sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT,
	    statement, NULL) != SQLITE_OK)
		return database_fail(db, err, "cannot prepare '%.60s'", sql);
	return 0;
}

int
database_step(sqlite3_stmt *statement, struct err *err)
{
	int rc = sqlite3_step(statement);

	if (rc == SQLITE_ROW)
		return 1;
	if (rc != SQLITE_DONE)
		database_fail(sqlite3_db_handle(statement), err,
		    "cannot run '%.60s'", sqlite3_sql(statement));
	sqlite3_reset(statement);
	return rc == SQLITE_DONE ? 0 : -1;
}

int
database_number(sqlite3 *db, const char *sql, int64_t *out, struct err *err)
{
	sqlite3_stmt *statement;
	int rc;

	if (database_prepare(db, &statement, sql, err) < 0)
		return -1;
	rc = database_step(statement, err);
	if (rc > 0)
		*out = sqlite3_column_int64(statement, 0);
	if (rc == 0)
		rc = err_set(err, ERR_BUG, "no row from '%.60s'", sql);
	sqlite3_finalize(statement);
	return rc > 0 ? 0 : -1;
}

/* `file://' and the path, everything but plain characters escaped. */
static const char *
make_uri(struct buf *out, const char *path, uint64_t key_id, int frozen)
{
	buf_append_text(out, *path == '/' ? "file://" : "file:");
	for (const char *p = path; *p != '\0'; p++) {
		if (ascii_is_alnum(*p) || strchr("/._-@+", *p) != NULL)
			buf_append_char(out, *p);
		else
			buf_format(out, "%%%02x", (unsigned char)*p);
	}
	buf_format(out, "?vfs=" VFS_NAME "&keyid=%" PRIu64 "%s", key_id,
	    frozen ? "&frozen=1" : "");
	return buf_text(out);
}

static int
open_connection(sqlite3 **db, const char *path, struct file_key *key,
    enum database_mode mode, enum opening opening)
{
	static const int flags[] = {
		[DATABASE_READ] = SQLITE_OPEN_READONLY,
		[DATABASE_WRITE] = SQLITE_OPEN_READWRITE,
		[DATABASE_WRITE_LAZY] = SQLITE_OPEN_READWRITE,
		[DATABASE_MAKE] = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
	};
	struct buf uri = BUF_INIT;
	uint64_t id = vfs_key_offer(key);
	int rc;

	if (opening == OPENING_ROLLBACK)
		mode = DATABASE_WRITE;
	rc = sqlite3_open_v2(make_uri(&uri, path, id,
	    opening == OPENING_FROZEN), db, flags[mode] | SQLITE_OPEN_URI |
	    SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_NOMUTEX, VFS_NAME);
	vfs_key_withdraw(id);
	buf_free(&uri);
	return rc;
}

static int
exec(sqlite3 *db, const char *sql)
{
	return sqlite3_exec(db, sql, NULL, NULL, NULL);
}

/*
 * Where several processes make one file at once, SQLite tells all but the
 * first that it is busy, without asking the busy handler: each of them holds
 * what the others wait for.  Letting go and asking anew ends it.
 */
static int
use_wal(sqlite3 *db)
{
	int64_t until = clock_monotonic_ms() + DATABASE_BUSY_MS;
	int rc;

	while ((rc = exec(db, "PRAGMA journal_mode=wal")) == SQLITE_BUSY &&
	    clock_monotonic_ms() < until)
		sqlite3_sleep(BUSY_PAUSE_MS);
	return rc;
}

/* Settings, and a look at page 1. */
static int
set_up(sqlite3 *db, enum database_mode mode, enum opening opening)
{
	int reserved = PAGE_TRAILER_SIZE;
	int rc = SQLITE_OK;

	sqlite3_busy_timeout(db, DATABASE_BUSY_MS);
	/* Before anything that reads, or SQLite wants shared memory. */
	if (opening == OPENING_FROZEN) {
		rc = exec(db, "PRAGMA locking_mode=exclusive");
		sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1,
		    NULL);
	}
	if (rc == SQLITE_OK)
		rc = exec(db, settings);
	if (rc == SQLITE_OK && mode == DATABASE_READ)
		rc = exec(db, "PRAGMA query_only=on");
	if (rc == SQLITE_OK && mode == DATABASE_WRITE_LAZY)
		rc = exec(db, lazy_settings);
	if (rc == SQLITE_OK && mode == DATABASE_MAKE) {
		sqlite3_file_control(db, "main", SQLITE_FCNTL_RESERVE_BYTES,
		    &reserved);
		rc = exec(db, "PRAGMA page_size="
		    PAGE_SIZE_TEXT(DATABASE_PAGE_SIZE));
	}
	if (rc == SQLITE_OK)
		rc = exec(db, "PRAGMA schema_version");
	if (rc == SQLITE_OK && mode != DATABASE_READ)
		rc = use_wal(db);
	return rc;
}

/* More than "wrong key", where the clear part of the file tells more. */
static int
explain_not_a_database(const char *path, struct err *err)
{
	static const char magic[PAGE_SALT_SIZE] = "SQLite format 3";
	unsigned char head[PAGE_CLEAR_SIZE];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : io_read(fd, head, sizeof(head));

	if (fd >= 0)
		close(fd);
	if (n != sizeof(head))
		return err_set(err, ERR_CONFIG,
		    "cannot open '%s': too short for a database", path);
	if (memcmp(head, magic, sizeof(magic)) == 0)
		return err_set(err, ERR_CONFIG, "cannot open '%s': "
		    "it is not encrypted, or keeps its header in clear", path);
	if (page_size_read(head) != 0 && head[20] < PAGE_TRAILER_SIZE &&
	    head[21] == 64 && head[22] == 32)
		return err_set(err, ERR_CONFIG, "cannot open '%s': "
		    "its pages have no authentication tags", path);
	return err_set(err, ERR_CONFIG, "cannot open '%s': wrong key, "
	    "or not an encrypted database, or its first page is damaged",
	    path);
}

static int
open_fail(sqlite3 *db, const char *path, int rc, struct err *err)
{
	if ((rc & 0xff) == SQLITE_NOTADB)
		return explain_not_a_database(path, err);
	if (rc == SQLITE_READONLY_ROLLBACK)
		return err_set(err, ERR_SYSTEM, "cannot open '%s': an "
		    "interrupted transaction must be rolled back first, and "
		    "the file or its folder is read-only", path);
	if ((rc & 0xff) == SQLITE_CANTOPEN && sqlite3_system_errno(db) != 0) {
		errno = sqlite3_system_errno(db);
		return err_errno(err, "cannot open '%s'", path);
	}
	return database_fail(db, err, "cannot open the database");
}

static int
try_open(sqlite3 **db, const char *path, struct file_key *key,
    enum database_mode mode, enum opening opening)
{
	int rc;

	if (*db != NULL)
		sqlite3_close(*db);
	*db = NULL;
	rc = open_connection(db, path, key, mode, opening);
	if (rc == SQLITE_OK)
		rc = set_up(*db, mode, opening);
	return rc;
}

/* Shared memory that cannot be made or trusted, in a read-only folder. */
static int
needs_frozen(int rc)
{
	return (rc & 0xff) == SQLITE_CANTOPEN ||
	    rc == SQLITE_READONLY_CANTINIT ||
	    rc == SQLITE_READONLY_DIRECTORY ||
	    rc == SQLITE_READONLY_RECOVERY;
}

static int
must_be_there(const char *path, struct err *err)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return err_errno(err, "cannot open '%s'", path);
	if (st.st_size == 0)
		return err_set(err, ERR_CONFIG, "cannot open '%s': "
		    "the file is empty", path);
	return 0;
}

int
database_open(sqlite3 **db, const char *path, const struct database_key *from,
    enum database_mode mode, struct err *err)
{
	struct file_key *key;
	int rc;

	*db = NULL;
	if (strlen(path) > PATH_OCTETS_MAX)
		return err_set(err, ERR_USAGE, "the path of the database is "
		    "longer than %d octets", PATH_OCTETS_MAX);
	if (vfs_register(err) < 0)
		return -1;
	key = file_key_new(from, err);
	if (key == NULL)
		return err_prefix(err, "cannot open '%s'", path);
	if (mode != DATABASE_MAKE && must_be_there(path, err) < 0) {
		file_key_drop(key);
		return -1;
	}
	rc = try_open(db, path, key, mode, OPENING_PLAIN);
	if (mode == DATABASE_READ && rc == SQLITE_READONLY_ROLLBACK &&
	    access(path, W_OK) == 0)
		rc = try_open(db, path, key, mode, OPENING_ROLLBACK);
	else if (mode == DATABASE_READ && needs_frozen(rc))
		rc = try_open(db, path, key, mode, OPENING_FROZEN);
	file_key_drop(key);
	if (rc == SQLITE_OK)
		return 0;
	open_fail(*db, path, rc, err);
	database_close(*db);
	*db = NULL;
	return -1;
}

void
database_close(sqlite3 *db)
{
	sqlite3_stmt *statement;

	if (db == NULL)
		return;
	/* The first close disconnects virtual tables, which have statements of
	 * their own among those that sqlite3_next_stmt() would give. */
	if (sqlite3_close(db) == SQLITE_OK)
		return;
	while ((statement = sqlite3_next_stmt(db, NULL)) != NULL)
		sqlite3_finalize(statement);
	sqlite3_close(db);
}

int
database_settle(sqlite3 *db, struct err *err)
{
	if (sqlite3_wal_checkpoint_v2(db, "main", SQLITE_CHECKPOINT_TRUNCATE,
	    NULL, NULL) == SQLITE_OK)
		return 0;
	return database_fail(db, err, "cannot empty the WAL");
}

/* Runs a statement whose first parameter is the URI of another file. */
static int
run_on_file(sqlite3 *db, const char *sql, const char *path, const char *name,
    const struct database_key *from, struct err *err)
{
	struct file_key *key = file_key_new(from, err);
	struct buf uri = BUF_INIT;
	sqlite3_stmt *statement = NULL;
	uint64_t id;
	int rc;

	if (key == NULL)
		return -1;
	id = vfs_key_offer(key);
	file_key_drop(key);
	make_uri(&uri, path, id, 0);
	rc = database_prepare(db, &statement, sql, err);
	if (rc == 0) {
		sqlite3_bind_text(statement, 1, buf_text(&uri), -1,
		    SQLITE_STATIC);
		if (name != NULL)
			sqlite3_bind_text(statement, 2, name, -1,
			    SQLITE_STATIC);
		rc = database_step(statement, err);
	}
	sqlite3_finalize(statement);
	vfs_key_withdraw(id);
	buf_free(&uri);
	return rc;
}

static int
sync_file(const char *path, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int rc;

	if (fd < 0)
		return err_errno(err, "cannot open '%s'", path);
	rc = fsync(fd);
	if (rc < 0)
		err_errno(err, "cannot sync '%s'", path);
	close(fd);
	return rc < 0 ? -1 : io_sync_folder(path, err);
}

int
database_copy(sqlite3 *db, const char *path, const struct database_key *key,
    struct err *err)
{
	if (access(path, F_OK) == 0)
		return err_set(err, ERR_SYSTEM, "cannot write '%s': it is "
		    "there already", path);
	if (run_on_file(db, "VACUUM INTO ?1", path, NULL, key, err) == 0 &&
	    sync_file(path, err) == 0)
		return 0;
	unlink(path);
	return err_prefix(err, "cannot copy the database to '%s'", path);
}

int
database_attach(sqlite3 *db, const char *name, const char *path,
    const struct database_key *key, int make, struct err *err)
{
	int reserved = PAGE_TRAILER_SIZE;

	if (!make && must_be_there(path, err) < 0)
		return -1;
	if (run_on_file(db, "ATTACH ?1 AS ?2", path, name, key, err) < 0)
		return err_prefix(err, "cannot attach '%s'", path);
	if (sqlite3_file_control(db, name, SQLITE_FCNTL_RESERVE_BYTES,
	    &reserved) != SQLITE_OK)
		return database_fail(db, err, "cannot attach '%s'", path);
	return 0;
}
