/* SPDX-License-Identifier: ISC */
/*
 * Databases of what was counted (state.h).  Their content comes from hostile
 * mail, as numbers under keyed hashes; losing it delays nobody's mail.
 */
#include "state.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/home.h"
#include "base/secret.h"
#include "database.h"

#define KEY_SIZE 32
#define SECRETS ((size_t)8 << 10)
#define SWEEP_ROWS 256  /* of one sweep: about five pages */
#define SWEEP_RATIO 4   /* rows looked at for each one added */
#define SIZE_ASKED_EVERY 16 /* transactions */
#define ROW_LEAST 50 /* octets that a row takes at least */

static const char schema[] =
    "CREATE TABLE IF NOT EXISTS schema(name TEXT PRIMARY KEY,"
    " version INTEGER NOT NULL) WITHOUT ROWID;";

/* Takes the key over, and what is made of it. */
static void
set_key(struct state *s, unsigned char *key)
{
	secret_free(s->key);
	s->key = key;
	if (s->pseudonym_key == NULL)
		s->pseudonym_key = secret_alloc(KEY_SIZE);
	crypto_generichash(s->pseudonym_key, KEY_SIZE,
	    (const unsigned char *)s->name, strlen(s->name), s->key, KEY_SIZE);
}

/* Which file that is: it is replaced, never written to. */
static struct stat
find_key(const struct state *s)
{
	struct stat status = {.st_ino = 0};

	if (stat(buf_text(&s->key_path), &status) < 0)
		status.st_ino = 0;
	return status;
}

int
state_open(struct state *s, const char *name, const char *tables,
    int version, int64_t wait_ms, struct err *err)
{
	unsigned char *key;

	*s = (struct state){.name = name, .tables = tables,
	    .version = version, .wait_ms = wait_ms, .path = BUF_INIT,
	    .key_path = BUF_INIT};
	if (sodium_init() < 0)
		return err_set(err, ERR_SYSTEM, "libsodium does not start");
	if (secret_open(SECRETS, err) < 0)
		return -1;
	home_file(&s->key_path, "keys/state.key");
	s->key_file = find_key(s);
	if (secret_read_file(
		buf_text(&s->key_path), KEY_SIZE, &key, err) < 0)
		return -1;
	set_key(s, key);
	home_file(&s->path, "state");
	if (mkdir(buf_text(&s->path), 0700) < 0 && errno != EEXIST)
		return err_errno(
		    err, "cannot make folder '%s'", buf_text(&s->path));
	home_file(&s->path, "state/%s.sqlite", name);
	return 0;
}

void
state_set_fetch(struct state *s,
    int (*fetch)(void *context, struct err *err), void *context)
{
	s->fetch_key = fetch;
	s->fetch_context = context;
}

static void
disconnect(struct state *s)
{
	if (s->db == NULL)
		return;
	sql_cache_free(&s->sql);
	database_close(s->db);
	s->db = NULL;
	s->begun = false;
}

void
state_close(struct state *s)
{
	disconnect(s);
	secret_free(s->key);
	secret_free(s->pseudonym_key);
	buf_free(&s->path);
	buf_free(&s->key_path);
	s->key = s->pseudonym_key = NULL;
}

/* Within a transaction: makes the tables, or finds that they are ours. */
static int
check_schema(struct state *s, struct err *err)
{
	int64_t version;

	if (database_exec(s->db, schema, err) < 0 ||
	    sql_integer(&s->sql, 0, &version, err,
		"SELECT version FROM schema WHERE name = ?", "t",
		slice_text(s->name)) < 0)
		return -1;
	if (version == s->version)
		return 0;
	if (version != 0)
		return err_set(err, ERR_CONFIG, "'%s' was written by another "
		    "version of fe (format %lld, this one knows %d)",
		    buf_text(&s->path), (long long)version, s->version);
	if (database_exec(s->db, s->tables, err) < 0)
		return -1;
	return sql_do(&s->sql, err, "INSERT INTO schema VALUES(?, ?)", "ti",
	    slice_text(s->name), (int64_t)s->version);
}

static int
connect_database(struct state *s, struct err *err)
{
	const struct database_key key = {
	    .kind = DATABASE_KEY_RAW, .octets = s->key, .n = KEY_SIZE};

	if (database_open(
		&s->db, buf_text(&s->path), &key, DATABASE_MAKE, err) < 0)
		return -1;
	sql_cache_init(&s->sql, s->db);
	sqlite3_busy_timeout(s->db, (int)s->wait_ms);
	if (database_exec(s->db, "PRAGMA synchronous=normal", err) == 0 &&
	    database_exec(s->db, "BEGIN IMMEDIATE", err) == 0 &&
	    check_schema(s, err) == 0 &&
	    database_exec(s->db, "COMMIT", err) == 0)
		return 0;
	disconnect(s);
	return -1;
}

/* The key that is there now.  -1: it cannot be had; the old one stays. */
static int
take_key(struct state *s, const struct stat *now, struct err *err)
{
	unsigned char *key;
	int fd;

	if (s->fetch_key == NULL)
		return err_set(err, ERR_CONFIG, "'%s' was rotated: start anew "
		    "what began before", buf_text(&s->key_path));
	fd = s->fetch_key(s->fetch_context, err);
	if (fd < 0 || secret_read_fd(fd, buf_text(&s->key_path), KEY_SIZE,
	    &key, err) < 0)
		return -1;
	disconnect(s);
	set_key(s, key);
	s->key_file = *now;
	s->key_new_ms = clock_monotonic_ms();
	return 0;
}

static bool
is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino &&
	    a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	    a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* -1: nothing may be made under the key at hand, which is not that of the
 * others any more. */
static int
keep_key(struct state *s, struct err *err)
{
	struct stat now = find_key(s);
	struct err why = ERR_INIT;

	if (is_same_file(&now, &s->key_file) ||
	    (s->db != NULL && s->key_retry_ms > clock_monotonic_ms()) ||
	    take_key(s, &now, &why) == 0)
		return 0;
	s->key_retry_ms = clock_monotonic_ms() + STATE_RETRY_MS;
	if (s->db != NULL)
		return 0;
	if (err != NULL)
		*err = why;
	return -1;
}

static int
begin(struct state *s, const char *sql, struct err *err)
{
	if (s->retry_ms > clock_monotonic_ms())
		return -1;
	if (keep_key(s, err) < 0 ||
	    (s->db == NULL && connect_database(s, err) < 0) ||
	    sql_do(&s->sql, err, sql, "") < 0) {
		state_fail(s);
		return -1;
	}
	s->begun = true;
	return 0;
}

int
state_begin(struct state *s, struct err *err)
{
	return begin(s, "BEGIN IMMEDIATE", err);
}

int
state_look(struct state *s, struct err *err)
{
	return begin(s, "BEGIN", err);
}

int
state_commit(struct state *s, struct err *err)
{
	if (sql_do(&s->sql, err, "COMMIT", "") < 0) {
		state_fail(s);
		return -1;
	}
	s->begun = false;
	return 0;
}

void
state_rollback(struct state *s)
{
	if (s->begun)
		sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	s->begun = false;
}

void
state_fail(struct state *s)
{
	int64_t now = clock_monotonic_ms();
	bool fresh = s->key_new_ms > 0 && now - s->key_new_ms < STATE_RETRY_MS;

	state_rollback(s);
	disconnect(s);
	s->retry_ms = now + (fresh ? STATE_NEW_KEY_MS : STATE_RETRY_MS);
}

void
state_pseudonym(const struct state *s, struct slice identity,
    unsigned char out[STATE_KEY_SIZE])
{
	crypto_generichash(out, STATE_KEY_SIZE,
	    (const unsigned char *)identity.p, identity.n, s->pseudonym_key,
	    KEY_SIZE);
}

/* Octets of pages in use; a file never shrinks, its free pages are used
 * again. */
static int
size_of(struct state *s, int64_t *size, struct err *err)
{
	int64_t pages, vacant, octets;

	if (sql_integer(&s->sql, 0, &pages, err, "PRAGMA page_count",
		"") < 0 ||
	    sql_integer(&s->sql, 0, &vacant, err,
		"PRAGMA freelist_count", "") < 0 ||
	    sql_integer(&s->sql, 0, &octets, err, "PRAGMA page_size",
		"") < 0)
		return -1;
	*size = (pages - vacant) * octets;
	return 0;
}

/* Keys are hashes, so a key of random octets is a random place among them: the
 * sweep needs no memory of where it was.  Rows from a key on, at most n,
 * that are over by now_ms. */
static int
sweep_from(struct state *s, const unsigned char from[STATE_KEY_SIZE],
    int64_t n, int64_t now_ms, struct err *err)
{
	unsigned char to[STATE_KEY_SIZE];
	struct slice begin = slice_of(from, STATE_KEY_SIZE), last;
	sqlite3_stmt *row = sql_start(&s->sql, err,
	    "SELECT key FROM entry WHERE key >= ? ORDER BY key LIMIT 1"
	    " OFFSET ?", "bi", begin, n - 1);
	int got = row == NULL ? -1 : sql_step(&s->sql, row, err);

	if (got < 0)
		return -1;
	memset(to, 0xff, sizeof(to));
	if (got > 0) {
		last = sql_column(row, 0);
		if (last.n == sizeof(to))
			memcpy(to, last.p, sizeof(to));
		sqlite3_reset(row);
	}
	return sql_do(&s->sql, err, "DELETE FROM entry WHERE key >= ?"
	    " AND key <= ? AND until <= ?", "bbi", begin,
	    slice_of(to, sizeof(to)), now_ms);
}

int
state_sweep(struct state *s, unsigned added, int64_t size_max,
    int64_t now_ms, struct err *err)
{
	unsigned char from[STATE_KEY_SIZE];
	int64_t size = 0, rows = SWEEP_ROWS;

	if (added == 0)
		return 0;
	if (randombytes_uniform(SIZE_ASKED_EVERY) < added &&
	    size_of(s, &size, err) < 0)
		return -1;
	randombytes_buf(from, sizeof(from));
	if (size > size_max) {
		/* no more than is over, whatever came in one batch */
		int64_t over = (size - size_max) / ROW_LEAST + added;

		rows = (int64_t)added * SWEEP_RATIO * SIZE_ASKED_EVERY;
		rows = rows < over ? rows : over;
		now_ms = INT64_MAX;
	} else if (randombytes_uniform(SWEEP_ROWS / SWEEP_RATIO) >= added) {
		return 0;
	} else if (rows < (int64_t)added * SWEEP_RATIO) {
		rows = (int64_t)added * SWEEP_RATIO;
	}
	return sweep_from(s, from, rows, now_ms, err);
}

int
state_remove(struct state *s, struct err *err)
{
	static const char *const tails[] = {"", "-wal", "-shm"};
	struct buf path = BUF_INIT;
	int result = 0;

	disconnect(s);
	for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
		home_file(&path, "state/%s.sqlite%s", s->name, tails[i]);
		if (unlink(buf_text(&path)) < 0 && errno != ENOENT)
			result = err_errno(err, "cannot remove '%s'",
			    buf_text(&path));
	}
	s->retry_ms = 0;
	buf_free(&path);
	return result;
}
