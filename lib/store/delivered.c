/* SPDX-License-Identifier: ISC */
/* Which records a mailbox has had, and the marks of Sieve scripts. */
#include "delivered.h"

#include "mailbox_sql.h"

#define DAY_MS ((int64_t)24 * 60 * 60 * 1000)
/* Metas looked at in one go. */
#define EXPIRE_BATCH 1000

static int
check_id(struct sql_cache *c, struct slice id, struct slice fingerprint,
    struct err *err)
{
	sqlite3_stmt *s = sql_start(c, err, "SELECT fingerprint FROM delivered"
	    " WHERE id = ?", "t", id);
	int result = s == NULL ? -1 : sql_step(c, s, err);
	struct slice known;

	if (result <= 0)
		return result < 0 ? -1 : DELIVERED_NO;
	known = sql_column(s, 0);
	result = known.p == NULL || fingerprint.p == NULL ||
	    slice_equal(known, fingerprint) ? DELIVERED_YES :
	    DELIVERED_CONFLICT;
	sqlite3_reset(s);
	return result;
}

int
delivered_check(struct mailbox *m, struct slice id, struct slice fingerprint,
    int64_t now_ms, struct err *err)
{
	struct sql_cache *c = mailbox_sql(m);
	int64_t found;
	int result = check_id(c, id, fingerprint, err);

	if (result != DELIVERED_NO || fingerprint.p == NULL)
		return result;
	if (sql_integer(c, 0, &found, err, "SELECT 1 FROM delivered WHERE"
	    " fingerprint = ? AND time > ? LIMIT 1", "ti", fingerprint,
	    now_ms - DELIVERED_DAYS * DAY_MS) < 0)
		return -1;
	return found ? DELIVERED_YES : DELIVERED_NO;
}

int
delivered_add(struct mailbox *m, struct slice id, struct slice fingerprint,
    int64_t now_ms, struct err *err)
{
	return sql_do(mailbox_sql(m), err, "INSERT OR REPLACE INTO"
	    " delivered(id, fingerprint, time) VALUES(?, ?, ?)", "tti", id,
	    fingerprint, now_ms);
}

int
mark_set(struct mailbox *m, struct slice handle, int64_t expires_ms,
    struct err *err)
{
	if (handle.n == 0 || handle.n > MARK_HANDLE_MAX)
		return err_set(err, ERR_MESSAGE, "a mark's handle has 1 to %d "
		    "octets", MARK_HANDLE_MAX);
	return sql_do(mailbox_sql(m), err, "INSERT INTO mark(handle, expires)"
	    " VALUES(?1, ?2) ON CONFLICT DO UPDATE SET expires ="
	    " max(expires, ?2)", "ti", handle, expires_ms);
}

int
mark_has(struct mailbox *m, struct slice handle, int64_t now_ms,
    struct err *err)
{
	int64_t found;

	if (sql_integer(mailbox_sql(m), 0, &found, err, "SELECT 1 FROM mark"
	    " WHERE handle = ? AND expires > ?", "ti", handle, now_ms) < 0)
		return -1;
	return found != 0;
}

/* Metas lie in the order of their storing, which is nearly that of their
 * ends: what is over stands at the front. */
static int
expire_metas(struct sql_cache *c, int64_t now_ms, struct err *err)
{
	int64_t last;

	if (sql_integer(c, 0, &last, err, "SELECT max(id) FROM (SELECT id,"
	    " until FROM meta ORDER BY id LIMIT ?) WHERE until < ?", "ii",
	    (int64_t)EXPIRE_BATCH, now_ms) < 0)
		return -1;
	if (last == 0)
		return 0;
	return sql_do(c, err, "DELETE FROM meta WHERE id <= ? AND until < ?",
	    "ii", last, now_ms);
}

int
delivered_expire_is_due(struct mailbox *m, int64_t now_ms, struct err *err)
{
	int64_t last;

	if (sql_integer(mailbox_sql(m), 0, &last, err,
	    "SELECT expired FROM mailbox", "") < 0)
		return -1;
	return now_ms - last >= DAY_MS;
}

int
delivered_expire(struct mailbox *m, int64_t now_ms, struct err *err)
{
	struct sql_cache *c = mailbox_sql(m);

	if (sql_do(c, err, "DELETE FROM delivered WHERE time <= ?", "i",
	    now_ms - DELIVERED_DAYS * DAY_MS) < 0 ||
	    sql_do(c, err, "DELETE FROM mark WHERE expires <= ?", "i",
	    now_ms) < 0 ||
	    sql_do(c, err, "UPDATE mailbox SET expired = ?", "i", now_ms) < 0)
		return -1;
	return expire_metas(c, now_ms, err);
}
