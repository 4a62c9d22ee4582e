/* SPDX-License-Identifier: ISC */
/*
 * Mailboxes as open files.  Between two transactions another program may have
 * swapped the database or its keys, so each transaction begins with a look at
 * both, under the shared lock.  A writer that overlooked it would commit into
 * a file without a name, and its close would take the new file's WAL away.
 */
#include "mailbox.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/mem.h"
#include "crypto/keys_file.h"
#include "database.h"
#include "mailbox_files.h"
#include "mailbox_lock.h"
#include "mailbox_sql.h"
#include "schema.h"

#define WAIT_MS_DEFAULT 10000
#define BUSY_MS_MIN 1000

/* Which file a name stood for.  The database is open while we compare, so its
 * inode cannot be given to another; the keys are not, hence the time. */
struct file_mark {
	dev_t device;
	ino_t inode;
	int64_t changed_ns;
};

struct mailbox {
	char *name;
	struct mailbox_files files;
	struct mailbox_opener opener;
	struct mailbox_lock lock;
	struct file_mark database_mark, keys_mark;
	int64_t generation;
	struct journal_key journal_key;
	int64_t busy_ms;
	sqlite3 *db;
	struct sql_cache sql;
	bool in_transaction, writing;
};

static bool
mark_file(struct file_mark *mark, const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return false;
	mark->device = st.st_dev;
	mark->inode = st.st_ino;
	mark->changed_ns = (int64_t)st.st_ctim.tv_sec * 1000000000 +
	    st.st_ctim.tv_nsec;
	return true;
}

static bool
mark_is_same(const struct file_mark *a, const struct file_mark *b)
{
	return a->device == b->device && a->inode == b->inode;
}

static int
err_gone(const struct mailbox *m, struct err *err)
{
	return err_set(err, ERR_USAGE, "there is no mailbox '%s'", m->name);
}

/* A replaced database is closed without a checkpoint: that would end in
 * deleting by name a WAL that is no longer ours. */
static void
close_database(struct mailbox *m, bool replaced)
{
	if (m->db == NULL)
		return;
	sql_cache_free(&m->sql);
	if (replaced)
		sqlite3_db_config(m->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1,
		    (int *)NULL);
	database_close(m->db);
	m->db = NULL;
}

static int
unlock_keys(const struct mailbox *m, struct mailbox_keys *keys,
    struct err *err)
{
	if (m->opener.password != NULL)
		return mailbox_keys_unlock_password(keys, m->opener.password,
		    err);
	return mailbox_keys_unlock(keys, m->opener.service, err);
}

/* Under the lock, so that the marks belong to what is opened. */
static int
open_database(struct mailbox *m, struct err *err)
{
	struct mailbox_keys keys = MAILBOX_KEYS_INIT;
	enum database_mode mode = m->opener.read_only ? DATABASE_READ :
	    m->opener.lazy ? DATABASE_WRITE_LAZY : DATABASE_WRITE;
	int result = -1;

	if (!mark_file(&m->keys_mark, m->files.path[MAILBOX_KEYS]) ||
	    !mark_file(&m->database_mark, m->files.path[MAILBOX_DATABASE]))
		return err_gone(m, err);
	if (keys_file_read(&keys, m->files.path[MAILBOX_KEYS], err) == 0 &&
	    unlock_keys(m, &keys, err) == 0 &&
	    mailbox_files_open(&m->files, &keys, mode, &m->db,
	    err) == 0) {
		m->generation = keys.generation;
		journal_key_derive(&m->journal_key, &keys);
		sql_cache_init(&m->sql, m->db);
		sqlite3_busy_timeout(m->db, (int)m->busy_ms);
		result = schema_check(m->db, m->opener.read_only, err);
		if (result < 0)
			close_database(m, false);
	}
	mailbox_keys_free(&keys);
	return result;
}

static int
refresh_database(struct mailbox *m, struct err *err)
{
	struct file_mark database, keys;

	if (!mark_file(&keys, m->files.path[MAILBOX_KEYS]) ||
	    !mark_file(&database, m->files.path[MAILBOX_DATABASE])) {
		close_database(m, true);
		return err_gone(m, err);
	}
	if (m->db != NULL && mark_is_same(&database, &m->database_mark) &&
	    mark_is_same(&keys, &m->keys_mark) &&
	    keys.changed_ns == m->keys_mark.changed_ns)
		return 0;
	close_database(m, true);
	return open_database(m, err);
}

static int
take_lock(struct mailbox *m, struct err *err)
{
	if (m->opener.locked)
		return 0;
	if (mailbox_lock_take(&m->lock, m->files.path[MAILBOX_LOCK], false,
	    m->opener.wait_ms, err) == 0)
		return 0;
	if (err != NULL && err->kind == ERR_USAGE)
		err_gone(m, err);
	return -1;
}

static int
open_first(struct mailbox *m, struct err *err)
{
	struct stat st;

	/* Only a mailbox has keys; whoever has none gets no lock file. */
	if (stat(m->files.path[MAILBOX_KEYS], &st) < 0)
		return errno == ENOENT || errno == ENOTDIR ? err_gone(m, err) :
		    err_errno(err, "cannot open '%s'",
		    m->files.path[MAILBOX_KEYS]);
	if (stat(m->files.path[MAILBOX_LOCK], &st) < 0 &&
	    mailbox_lock_make(m->files.path[MAILBOX_LOCK], err) < 0)
		return -1;
	if (take_lock(m, err) < 0)
		return -1;
	if (open_database(m, err) < 0)
		return -1;
	mailbox_lock_release(&m->lock);
	return 0;
}

int
mailbox_open(struct mailbox **out, struct slice name,
    const struct mailbox_opener *opener, struct err *err)
{
	struct mailbox *m = mem_zalloc(sizeof(*m));

	m->name = mem_dup(name.p, name.n);
	m->opener = *opener;
	m->lock.fd = -1;
	if (m->opener.wait_ms == 0)
		m->opener.wait_ms = WAIT_MS_DEFAULT;
	else if (m->opener.wait_ms < 0)
		m->opener.wait_ms = 0;
	/* A transaction of a delivery is no lock that somebody holds. */
	m->busy_ms = m->opener.wait_ms > BUSY_MS_MIN ? m->opener.wait_ms :
	    BUSY_MS_MIN;
	if (mailbox_files_init(&m->files, name, err) < 0 ||
	    open_first(m, err) < 0) {
		mailbox_close(m);
		*out = NULL;
		return -1;
	}
	*out = m;
	return 0;
}

static bool
is_same(const struct mailbox *m)
{
	struct file_mark database, keys;

	return mark_file(&keys, m->files.path[MAILBOX_KEYS]) &&
	    mark_file(&database, m->files.path[MAILBOX_DATABASE]) &&
	    mark_is_same(&database, &m->database_mark) &&
	    mark_is_same(&keys, &m->keys_mark);
}

void
mailbox_close(struct mailbox *m)
{
	if (m == NULL)
		return;
	mailbox_rollback(m);
	/* Where the files were replaced the next one to open cleans up. */
	if (m->db != NULL && m->opener.locked) {
		close_database(m, false);
	} else if (m->db != NULL && !m->lock.held &&
	    mailbox_lock_take(&m->lock, m->files.path[MAILBOX_LOCK], false, 0,
	    NULL) == 0) {
		close_database(m, !is_same(m));
	}
	close_database(m, true);
	journal_key_free(&m->journal_key);
	mailbox_lock_close(&m->lock);
	mailbox_files_free(&m->files);
	free(m->name);
	free(m);
}

bool
mailbox_is_replaced(const struct mailbox *m)
{
	return m->db != NULL && !m->in_transaction && !is_same(m);
}

struct slice
mailbox_name(const struct mailbox *m)
{
	return slice_text(m->name);
}

int64_t
mailbox_generation(const struct mailbox *m)
{
	return m->generation;
}

const struct journal_key *
mailbox_journal_key(const struct mailbox *m)
{
	return &m->journal_key;
}

void
mailbox_set_wait(struct mailbox *m, int64_t lock_ms, int64_t busy_ms)
{
	m->opener.wait_ms = lock_ms;
	if (m->db != NULL && m->busy_ms != busy_ms)
		sqlite3_busy_timeout(m->db, (int)busy_ms);
	m->busy_ms = busy_ms;
}

static const char begin_read[] = "BEGIN", begin_write[] = "BEGIN IMMEDIATE",
    commit[] = "COMMIT", rollback[] = "ROLLBACK";

int
mailbox_begin(struct mailbox *m, enum mailbox_transaction kind,
    struct err *err)
{
	bool writes = kind == MAILBOX_WRITE;

	if (m->in_transaction)
		return err_set(err, ERR_BUG, "'%s' is in a transaction",
		    m->name);
	if (writes && m->opener.read_only)
		return err_set(err, ERR_BUG, "'%s' is open read-only", m->name);
	if (take_lock(m, err) < 0)
		return -1;
	if (refresh_database(m, err) < 0 || sql_do(&m->sql, err,
	    writes ? begin_write : begin_read, "") < 0) {
		mailbox_lock_release(&m->lock);
		return -1;
	}
	m->in_transaction = true;
	m->writing = writes;
	return 0;
}

int
mailbox_commit(struct mailbox *m, struct err *err)
{
	if (!m->in_transaction)
		return err_set(err, ERR_BUG, "'%s' is in no transaction",
		    m->name);
	if (sql_do(&m->sql, err, commit, "") < 0) {
		mailbox_rollback(m);
		return -1;
	}
	m->in_transaction = false;
	mailbox_lock_release(&m->lock);
	return 0;
}

int
mailbox_sync(struct mailbox *m, struct err *err)
{
	sqlite3_file *wal = NULL;

	if (m->db == NULL)
		return 0;
	if (sqlite3_file_control(m->db, "main", SQLITE_FCNTL_JOURNAL_POINTER,
	    &wal) != SQLITE_OK)
		return database_fail(m->db, err, "cannot sync the WAL");
	if (wal != NULL && wal->pMethods != NULL &&
	    wal->pMethods->xSync(wal, SQLITE_SYNC_NORMAL) != SQLITE_OK)
		return err_errno(err, "cannot sync the WAL of '%s'", m->name);
	return 0;
}

void
mailbox_rollback(struct mailbox *m)
{
	if (!m->in_transaction)
		return;
	/* SQLite may have rolled back by itself (disk full). */
	if (sqlite3_get_autocommit(m->db) == 0)
		(void)sql_do(&m->sql, NULL, rollback, "");
	m->in_transaction = false;
	mailbox_lock_release(&m->lock);
}

bool
mailbox_in_transaction(const struct mailbox *m)
{
	return m->in_transaction;
}

struct sql_cache *
mailbox_sql(struct mailbox *m)
{
	return &m->sql;
}

sqlite3 *
mailbox_connection(struct mailbox *m)
{
	return m->db;
}

bool
mailbox_is_read_only(const struct mailbox *m)
{
	return m->opener.read_only;
}

int
mailbox_octets(struct mailbox *m, int64_t *octets, struct err *err)
{
	return sql_integer(&m->sql, 0, octets, err,
	    "SELECT sum(octets) FROM folder", "");
}

static int64_t
file_size(const char *path, const char *suffix)
{
	struct buf name = BUF_INIT;
	struct stat st;
	int64_t size = 0;

	buf_format(&name, "%s%s", path, suffix);
	if (stat(buf_text(&name), &st) == 0)
		size = st.st_size;
	buf_free(&name);
	return size;
}

int
mailbox_counts(struct mailbox *m, struct mailbox_count *out, struct err *err)
{
	const char *path = m->files.path[MAILBOX_DATABASE];
	sqlite3_stmt *s = sql_start(&m->sql, err, "SELECT count(*),"
	    " coalesce(sum(messages), 0), coalesce(sum(octets), 0),"
	    " (SELECT count(*) FROM terms WHERE id >"
	    "  (SELECT indexed FROM mailbox)),"
	    " (SELECT count(*) FROM letter WHERE summary IS NULL)"
	    " FROM folder", "");
	int got = s == NULL ? -1 : sql_step(&m->sql, s, err);

	memset(out, 0, sizeof(*out));
	if (got < 0)
		return -1;
	out->folders = sqlite3_column_int64(s, 0);
	out->messages = sqlite3_column_int64(s, 1);
	out->octets = sqlite3_column_int64(s, 2);
	out->pending = sqlite3_column_int64(s, 3);
	out->unparsed = sqlite3_column_int64(s, 4);
	sqlite3_reset(s);
	out->file_octets = file_size(path, "") + file_size(path, "-wal");
	return 0;
}
