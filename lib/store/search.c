/* SPDX-License-Identifier: ISC */
/*
 * Queries run.  Text is looked up in the full-text index, whose terms say by
 * a prefix of which field they are (`f:bob'): with detail=none FTS5 keeps
 * neither columns nor positions, which makes it half the size.
 */
#include "search.h"

#include <stdlib.h>

#include "base/mem.h"
#include "mailbox_sql.h"
#include "query.h"

/* One transaction of its own; the number indexed. */
static int
index_within(struct mailbox *m, int64_t from, int least, int max,
    struct err *err)
{
	struct sql_cache *c = mailbox_sql(m);
	int64_t enough, last, count;

	/* Terms stand in the order of their bodies. */
	if (sql_integer(c, 0, &enough, err, "SELECT EXISTS(SELECT 1 FROM terms"
	    " WHERE id > ? ORDER BY id LIMIT 1 OFFSET ?)", "ii", from,
	    (int64_t)(least > 0 ? least - 1 : 0)) < 0)
		return -1;
	if (!enough)
		return 0;
	if (sql_integer(c, 0, &last, err, "SELECT max(id) FROM (SELECT id FROM"
	    " terms WHERE id > ? ORDER BY id LIMIT ?)", "ii", from,
	    (int64_t)max) < 0)
		return -1;
	if (sql_do(c, err, "INSERT INTO fts(rowid, text) SELECT id, text FROM"
	    " terms WHERE id > ? AND id <= ? ORDER BY id", "ii", from,
	    last) < 0)
		return -1;
	count = sqlite3_changes64(c->db);
	if (sql_do(c, err, "UPDATE mailbox SET indexed = ?", "i", last) < 0)
		return -1;
	return (int)count;
}

int
search_index(struct mailbox *m, int least, int max, struct err *err)
{
	int64_t from;
	int done = -1;

	if (mailbox_begin(m, MAILBOX_WRITE, err) < 0)
		return -1;
	if (sql_integer(mailbox_sql(m), 0, &from, err,
	    "SELECT indexed FROM mailbox", "") == 0)
		done = index_within(m, from, least, max, err);
	if (done > 0 && mailbox_commit(m, err) < 0)
		done = -1;
	mailbox_rollback(m);
	return done;
}

/* Bigger batches cost less each; nothing is written while none is pending. */
#define PENDING_BATCH 1024

static int
index_pending(struct mailbox *m, struct err *err)
{
	int64_t pending;
	int done;

	if (mailbox_is_read_only(m))
		return 0;
	if (mailbox_begin(m, MAILBOX_READ, err) < 0)
		return -1;
	done = sql_integer(mailbox_sql(m), 0, &pending, err, "SELECT EXISTS("
	    "SELECT 1 FROM terms WHERE id > (SELECT indexed FROM mailbox))",
	    "");
	mailbox_rollback(m);
	if (done < 0 || pending == 0)
		return done;
	do
		done = search_index(m, 1, PENDING_BATCH, err);
	while (done == PENDING_BATCH);
	return done < 0 ? -1 : 0;
}

static void
push(struct message_refs *refs, int64_t folder, int64_t uid)
{
	if (refs->n == refs->capacity) {
		refs->capacity = refs->capacity == 0 ? 64 :
		    refs->capacity * 2;
		refs->items = mem_array(refs->items, refs->capacity,
		    sizeof(*refs->items));
	}
	refs->items[refs->n++] = (struct message_ref){folder, uid};
}

static int
collect(struct mailbox *m, const struct query_sql *sql,
    struct message_refs *refs, struct err *err)
{
	struct sql_cache once;
	sqlite3_stmt *s;
	int got;

	/* The text differs each time: prepared for this search alone. */
	sql_cache_init(&once, mailbox_sql(m)->db);
	s = sql_start(&once, err, buf_text(&sql->text), "");
	for (size_t i = 0; s != NULL && i < sql->n; i++) {
		const struct query_value *v = &sql->values[i];
		int at = (int)i + 1;

		if (v->is_text)
			sqlite3_bind_text64(s, at, buf_text(&v->text),
			    v->text.n, SQLITE_STATIC, SQLITE_UTF8);
		else
			sqlite3_bind_int64(s, at, v->number);
	}
	got = s == NULL ? -1 : 1;
	while (got > 0 && (got = sql_step(&once, s, err)) > 0)
		push(refs, sqlite3_column_int64(s, 0),
		    sqlite3_column_int64(s, 1));
	sql_cache_free(&once);
	return got;
}

int
search_run(struct mailbox *m, const struct query *q, int64_t folder,
    int64_t since_ms, struct message_refs *refs, struct err *err)
{
	struct query_sql sql;
	int result;

	if (query_needs_index(q) && index_pending(m, err) < 0)
		return -1;
	query_sql_make(&sql, q, folder, since_ms);
	result = mailbox_begin(m, MAILBOX_READ, err);
	if (result == 0)
		result = collect(m, &sql, refs, err);
	mailbox_rollback(m);
	query_sql_free(&sql);
	return result;
}
