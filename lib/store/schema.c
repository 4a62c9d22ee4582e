/* SPDX-License-Identifier: ISC */
/*
 * The tables of a mailbox.  Each row that a delivery writes dirties a page of
 * 4 KiB, which is encrypted and synced, so what is written together lies
 * together, and big or short-lived columns lie apart: a flag must not rewrite
 * a body, and the end of a meta's time must not touch what stays.
 */
#include "schema.h"

#include "database.h"
#include "sql_cache.h"

static const char tables[] =
    /* One row of facts about the mailbox; uidvalidity is the last given. */
    "CREATE TABLE mailbox(id INTEGER PRIMARY KEY CHECK(id = 1),"
    " created INTEGER NOT NULL, uidvalidity INTEGER NOT NULL,"
    /* Bodies up to this one are in the full-text index. */
    " indexed INTEGER NOT NULL DEFAULT 0,"
    /* When ids, marks and metas over their time were last looked for. */
    " expired INTEGER NOT NULL DEFAULT 0);"
    "CREATE TABLE folder(id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " name TEXT NOT NULL UNIQUE, special TEXT,"
    " uidvalidity INTEGER NOT NULL, uidnext INTEGER NOT NULL DEFAULT 1,"
    " modseq INTEGER NOT NULL DEFAULT 1,"
    " messages INTEGER NOT NULL DEFAULT 0,"
    " unseen INTEGER NOT NULL DEFAULT 0,"
    " octets INTEGER NOT NULL DEFAULT 0);"
    "CREATE TABLE message(folder INTEGER NOT NULL, uid INTEGER NOT NULL,"
    " modseq INTEGER NOT NULL, flags INTEGER NOT NULL, keywords TEXT,"
    " received INTEGER NOT NULL, body INTEGER NOT NULL,"
    " octets INTEGER NOT NULL,"
    " PRIMARY KEY(folder, uid)) WITHOUT ROWID;"
    "CREATE INDEX message_body ON message(body);"
    /* What is gone, for QRESYNC (RFC 7162). */
    "CREATE TABLE expunged(folder INTEGER NOT NULL, uid INTEGER NOT NULL,"
    " modseq INTEGER NOT NULL, PRIMARY KEY(folder, uid)) WITHOUT ROWID;"
    "CREATE TABLE letter(id INTEGER PRIMARY KEY,"
    " record TEXT, summary TEXT, source TEXT);"
    "CREATE TABLE body(id INTEGER PRIMARY KEY, content BLOB NOT NULL);"
    "CREATE TABLE meta(id INTEGER PRIMARY KEY, until INTEGER NOT NULL,"
    " json TEXT NOT NULL);"
    "CREATE TABLE terms(id INTEGER PRIMARY KEY, text TEXT NOT NULL);"
    "CREATE TABLE delivered(id TEXT PRIMARY KEY, fingerprint TEXT,"
    " time INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE INDEX delivered_fingerprint ON delivered(fingerprint)"
    " WHERE fingerprint IS NOT NULL;"
    "CREATE TABLE mark(handle TEXT PRIMARY KEY, expires INTEGER NOT NULL)"
    " WITHOUT ROWID;"
    /* Terms are made and folded before they come here; `:' and `@' are part
     * of some, `f:bob' is bob in From. */
    "CREATE VIRTUAL TABLE fts USING fts5(text, content='terms',"
    " content_rowid='id', detail=none, columnsize=0,"
    " tokenize=\"ascii tokenchars ':@._-'\");"
    /* What fits into a page of ours, without a second one for the rest. */
    "INSERT INTO fts(fts, rank) VALUES('pgsz', 4000);";

static const struct {
	const char *name, *special;
} standard_folders[] = {
	{"INBOX", NULL},       {"Archive", "\\Archive"},
	{"Drafts", "\\Drafts"}, {"Junk", "\\Junk"},
	{"Sent", "\\Sent"},    {"Trash", "\\Trash"}
};
#define STANDARD_FOLDERS \
	(int64_t)(sizeof(standard_folders) / sizeof(standard_folders[0]))

static int
make_standard_folders(struct sql_cache *c, int64_t now_ms, struct err *err)
{
	int64_t uidvalidity = now_ms / 1000;

	for (int64_t i = 0; i < STANDARD_FOLDERS; i++)
		if (sql_do(c, err, "INSERT INTO folder(name, special,"
		    " uidvalidity) VALUES(?, ?, ?)", "tti",
		    slice_text(standard_folders[i].name),
		    slice_text(standard_folders[i].special),
		    uidvalidity + i) < 0)
			return -1;
	return sql_do(c, err, "INSERT INTO mailbox(id, created, uidvalidity,"
	    " expired) VALUES(1, ?1, ?2, ?1)", "ii", now_ms,
	    uidvalidity + STANDARD_FOLDERS);
}

static int
set_version(sqlite3 *db, struct err *err)
{
	char text[96];

	sqlite3_snprintf(sizeof(text), text, "PRAGMA application_id=%d;"
	    "PRAGMA user_version=%d", SCHEMA_APPLICATION, SCHEMA_VERSION);
	return database_exec(db, text, err);
}

int
schema_create(sqlite3 *db, int64_t now_ms, struct err *err)
{
	struct sql_cache cache;
	int result = -1;

	sql_cache_init(&cache, db);
	if (database_exec(db, "BEGIN IMMEDIATE", err) < 0)
		return -1;
	if (database_exec(db, tables, err) == 0 &&
	    make_standard_folders(&cache, now_ms, err) == 0 &&
	    set_version(db, err) == 0) {
		sql_cache_free(&cache);
		result = database_exec(db, "COMMIT", err);
	}
	sql_cache_free(&cache);
	if (result < 0)
		sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	return result;
}

/* Step i turns version i + 1 into i + 2; the first comes with version 2. */
static const char *const steps[SCHEMA_VERSION] = {NULL};

static int
upgrade_within(sqlite3 *db, const char *const *step, int to, struct err *err)
{
	char text[64];
	int64_t version;

	/* Read again: another process may have been first. */
	if (database_number(db, "PRAGMA user_version", &version, err) < 0)
		return -1;
	for (; version < to; version++)
		if (database_exec(db, step[version - 1], err) < 0)
			return -1;
	sqlite3_snprintf(sizeof(text), text, "PRAGMA user_version=%d", to);
	return database_exec(db, text, err);
}

int
schema_upgrade(sqlite3 *db, const char *const *step, int to, struct err *err)
{
	if (database_exec(db, "BEGIN IMMEDIATE", err) < 0)
		return -1;
	if (upgrade_within(db, step, to, err) == 0 &&
	    database_exec(db, "COMMIT", err) == 0)
		return 0;
	sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	return -1;
}

int
schema_check(sqlite3 *db, bool read_only, struct err *err)
{
	const char *subject = sqlite3_db_filename(db, "main");
	int64_t application, version;

	if (database_number(db, "PRAGMA user_version", &version, err) < 0 ||
	    database_number(db, "PRAGMA application_id", &application,
	    err) < 0)
		return -1;
	if (application != SCHEMA_APPLICATION || version < 1)
		return err_set(err, ERR_CONFIG, "'%s' is a database, but not a "
		    "mailbox", subject);
	if (version > SCHEMA_VERSION)
		return err_set(err, ERR_CONFIG, "'%s' was written by a newer "
		    "version of fe (format %lld, this one knows %d): upgrade "
		    "fe", subject, (long long)version, SCHEMA_VERSION);
	if (version == SCHEMA_VERSION)
		return 0;
	if (read_only)
		return err_set(err, ERR_SYSTEM, "'%s' has the older format "
		    "%lld and may not be upgraded read-only", subject,
		    (long long)version);
	return schema_upgrade(db, steps, SCHEMA_VERSION, err);
}
