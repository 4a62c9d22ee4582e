/* SPDX-License-Identifier: ISC */
/*
 * A read-only look into any encrypted database.  The file and its schema are
 * foreign: statements are held to reading by an authorizer, and the schema's
 * own functions and views are not trusted.
 */
#include "sql.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/json.h"
#include "base/secret.h"
#include "base/utf8.h"
#include "database.h"
#include "verify.h"

struct key_text {
	unsigned char octets[DATABASE_KEY_MAX + 2];
	size_t n;
};

/* The text may end in any octet where it is a raw key in 32 or 48 octets. */
static bool
is_binary(const struct key_text *key)
{
	return (key->n == 36 || key->n == 52) &&
	    memcmp(key->octets, "raw:", 4) == 0;
}

static int
read_key(struct key_text *key, const char *path, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = 0;

	if (fd < 0)
		return err_errno(err, "cannot open key file '%s'", path);
	while (key->n < sizeof(key->octets) && (n = io_read(fd,
	    key->octets + key->n, sizeof(key->octets) - key->n)) > 0)
		key->n += (size_t)n;
	if (n < 0)
		err_errno(err, "cannot read key file '%s'", path);
	close(fd);
	if (n < 0)
		return -1;
	if (key->n > 0 && key->octets[key->n - 1] == '\n' && !is_binary(key))
		key->n--;
	if (key->n == 0 || key->n > DATABASE_KEY_MAX)
		return err_set(err, ERR_CONFIG, "key file '%s' is %s", path,
		    key->n == 0 ? "empty" : "too long for a key");
	return 0;
}

static bool
is_in(const char *word, const char *const *words)
{
	for (; *words != NULL; words++)
		if (sqlite3_stricmp(word, *words) == 0)
			return true;
	return false;
}

static int
authorize_pragma(const char *name, const char *argument)
{
	static const char *const with_argument[] = {"table_info",
	    "table_xinfo", "table_list", "index_list", "index_info",
	    "index_xinfo", "foreign_key_list", "foreign_key_check",
	    "integrity_check", "quick_check", NULL};
	static const char *const alone[] = {"page_size", "page_count",
	    "freelist_count", "user_version", "schema_version",
	    "data_version", "application_id", "encoding", "journal_mode",
	    "auto_vacuum", "collation_list", "compile_options",
	    "database_list", "function_list", "pragma_list", NULL};

	return is_in(name, with_argument) ||
	    (argument == NULL && is_in(name, alone)) ? SQLITE_OK :
	    SQLITE_DENY;
}

static int
authorize(void *context, int action, const char *first, const char *second,
    const char *database, const char *trigger)
{
	(void)context;
	(void)database;
	(void)trigger;
	switch (action) {
	case SQLITE_SELECT:
	case SQLITE_READ:
	case SQLITE_RECURSIVE:
		return SQLITE_OK;
	case SQLITE_FUNCTION:
		return second != NULL &&
		    (sqlite3_stricmp(second, "load_extension") == 0 ||
		    sqlite3_stricmp(second, "fts3_tokenizer") == 0) ?
		    SQLITE_DENY : SQLITE_OK;
	case SQLITE_PRAGMA:
		return authorize_pragma(first, second);
	default:
		return SQLITE_DENY;
	}
}

static void
put_hex(struct buf *out, const unsigned char *p, size_t n)
{
	static const char digits[] = "0123456789abcdef";

	buf_reserve(out, 2 * n);
	for (size_t i = 0; i < n; i++) {
		buf_append_char(out, digits[p[i] >> 4]);
		buf_append_char(out, digits[p[i] & 15]);
	}
}

/* Nothing that moves a terminal's cursor or turns its text round. */
static bool
is_plain(uint32_t code, bool valid)
{
	return valid && code >= 0x20 && code != '\\' &&
	    !(code >= 0x7f && code < 0xa0) && code != 0x061c &&
	    !(code >= 0x200e && code <= 0x200f) &&
	    !(code >= 0x2028 && code <= 0x202e) &&
	    !(code >= 0x2066 && code <= 0x2069);
}

static void
put_escaped(struct buf *out, struct slice text)
{
	uint32_t code;
	bool valid;

	while (text.n > 0) {
		size_t n = utf8_next(text, &code, &valid);

		if (is_plain(code, valid))
			buf_append(out, text.p, n);
		else if (code == '\t' || code == '\n' || code == '\\')
			buf_format(out, "\\%c", code == '\t' ? 't' :
			    code == '\n' ? 'n' : '\\');
		else for (size_t i = 0; i < n; i++)
			buf_format(out, "\\x%02x", (unsigned char)text.p[i]);
		text = slice_part(text, n, text.n);
	}
}

static struct slice
column(sqlite3_stmt *row, int i)
{
	const void *p = sqlite3_column_type(row, i) == SQLITE_BLOB ?
	    sqlite3_column_blob(row, i) : sqlite3_column_text(row, i);

	return slice_of(p, (size_t)sqlite3_column_bytes(row, i));
}

static void
put_text_row(struct buf *out, sqlite3_stmt *row)
{
	for (int i = 0; i < sqlite3_column_count(row); i++) {
		struct slice value = column(row, i);

		if (i > 0)
			buf_append_char(out, '\t');
		if (sqlite3_column_type(row, i) == SQLITE_BLOB)
			put_hex(out, (const unsigned char *)value.p, value.n);
		else
			put_escaped(out, value);
	}
	buf_append_char(out, '\n');
}

static void
put_json_value(struct json_writer *w, sqlite3_stmt *row, int i)
{
	struct slice value = column(row, i);
	struct buf hex = BUF_INIT;

	switch (sqlite3_column_type(row, i)) {
	case SQLITE_NULL:
		json_put_null(w, NULL);
		return;
	case SQLITE_TEXT:
		json_put_slice(w, NULL, value);
		return;
	case SQLITE_BLOB:
		put_hex(&hex, (const unsigned char *)value.p, value.n);
		json_put_slice(w, NULL, buf_slice(&hex));
		buf_free(&hex);
		return;
	case SQLITE_FLOAT:
		if (!isfinite(sqlite3_column_double(row, i))) {
			json_put_null(w, NULL);
			return;
		}
	}
	json_put_raw(w, NULL, value);
}

static void
put_json_row(struct buf *out, sqlite3_stmt *row)
{
	struct json_writer w = JSON_WRITER(out);

	json_open_array(&w, NULL);
	for (int i = 0; i < sqlite3_column_count(row); i++)
		put_json_value(&w, row, i);
	json_close_array(&w);
	buf_append_char(out, '\n');
}

/* A mistake in the query is the caller's, the rest the file's. */
static int
query_fail(sqlite3 *db, struct err *err)
{
	switch (sqlite3_errcode(db) & 0xff) {
	case SQLITE_ERROR:
	case SQLITE_RANGE:
	case SQLITE_MISMATCH:
	case SQLITE_TOOBIG:
		return err_set(err, ERR_USAGE, "cannot run the query: %s",
		    sqlite3_errmsg(db));
	case SQLITE_AUTH:
	case SQLITE_READONLY:
		return err_set(err, ERR_USAGE, "cannot run the query: "
		    "it does more than read");
	default:
		return database_fail(db, err, "cannot run the query");
	}
}

static int
run_statement(sqlite3_stmt *statement, const struct sql_query *query,
    int (*emit)(void *, struct slice, struct err *), void *context,
    struct err *err)
{
	struct buf out = BUF_INIT;
	int step, rc = 0;

	/* Memory is bounded by the query and by SQLite's longest value. */
	while (rc == 0 && (step = sqlite3_step(statement)) != SQLITE_DONE) {
		if (step != SQLITE_ROW) {
			rc = query_fail(sqlite3_db_handle(statement), err);
			break;
		}
		buf_reset(&out);
		if (query->json)
			put_json_row(&out, statement);
		else
			put_text_row(&out, statement);
		rc = emit(context, buf_slice(&out), err);
	}
	buf_free(&out);
	return rc < 0 ? -1 : 0;
}

int
sql_run_on(sqlite3 *db, const struct sql_query *query,
    int (*emit)(void *, struct slice, struct err *), void *context,
    struct err *err)
{
	const char *rest = query->sql;
	int rc = 0;

	sqlite3_set_authorizer(db, authorize, NULL);
	while (rc == 0 && *rest != '\0') {
		sqlite3_stmt *statement;

		if (sqlite3_prepare_v2(db, rest, -1, &statement, &rest) !=
		    SQLITE_OK)
			return query_fail(db, err);
		if (statement != NULL)
			rc = run_statement(statement, query, emit, context,
			    err);
		sqlite3_finalize(statement);
	}
	return rc;
}

static int
check_pages(sqlite3 *db, const char *path, struct err *err)
{
	struct verify_result result;

	if (verify_pages(db, &result, err) < 0)
		return -1;
	if (result.bad_pages + result.bad_frames == 0)
		return 0;
	return err_set(err, ERR_CONFIG, "'%s' is damaged: %lld of its pages "
	    "have a wrong tag, the first is page %lld", path,
	    (long long)(result.bad_pages + result.bad_frames),
	    (long long)result.first_bad);
}

int
sql_run(const struct sql_query *query,
    int (*emit)(void *context, struct slice row, struct err *err),
    void *context, struct err *err)
{
	struct key_text *text = secret_alloc(sizeof(*text));
	struct database_key key = {.kind = DATABASE_KEY_TEXT,
	    .octets = text->octets, .kdf_iter = (unsigned)query->kdf_iter};
	sqlite3 *db = NULL;
	int rc = read_key(text, query->key_file, err);

	key.n = text->n;
	if (rc == 0)
		rc = database_open(&db, query->path, &key, DATABASE_READ, err);
	secret_free(text);
	if (rc == 0 && !query->no_check)
		rc = check_pages(db, query->path, err);
	if (rc == 0)
		rc = sql_run_on(db, query, emit, context, err);
	database_close(db);
	return rc;
}
