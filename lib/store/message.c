/* SPDX-License-Identifier: ISC */
/*
 * Messages in their folders.  Whoever changes one gives it the mailbox's next
 * MODSEQ, which is the highest of any folder and one more.
 */
#include "message.h"

#include <stdlib.h>

#include "base/mem.h"
#include "mailbox_sql.h"

int
message_body_insert(struct mailbox *m, const struct message_new *new,
    int64_t *body, struct err *err)
{
	struct sql_cache *c = mailbox_sql(m);

	if (sql_do(c, err, "INSERT INTO letter(record, summary, source)"
	    " VALUES(?, ?, ?)", "ttt", new->record, new->summary,
	    new->source) < 0)
		return -1;
	*body = sqlite3_last_insert_rowid(c->db);
	if (sql_do(c, err, "INSERT INTO body(id, content) VALUES(?, ?)", "ib",
	    *body, new->content.p == NULL ? SLICE("") : new->content) < 0)
		return -1;
	if (new->meta.p != NULL && sql_do(c, err, "INSERT INTO meta(id, until,"
	    " json) VALUES(?, ?, ?)", "iit", *body, new->meta_until_ms,
	    new->meta) < 0)
		return -1;
	if (new->terms.p != NULL && sql_do(c, err, "INSERT INTO"
	    " terms(id, text) VALUES(?, ?)", "it", *body, new->terms) < 0)
		return -1;
	return 0;
}

/* Adds to a folder's counts and gives it the next MODSEQ. */
static int
folder_count(struct sql_cache *c, int64_t folder, int64_t messages,
    int64_t unseen, int64_t octets, int64_t *modseq, struct err *err)
{
	return sql_integer(c, 0, modseq, err, "UPDATE folder SET"
	    " modseq = (SELECT max(modseq) + 1 FROM folder),"
	    " messages = messages + ?, unseen = unseen + ?,"
	    " octets = octets + ? WHERE id = ? RETURNING modseq", "iiii",
	    messages, unseen, octets, folder);
}

static int
give_uid(struct sql_cache *c, int64_t folder, int64_t unseen, int64_t octets,
    int64_t *uid, int64_t *modseq, struct err *err)
{
	sqlite3_stmt *s = sql_start(c, err, "UPDATE folder SET"
	    " uidnext = uidnext + 1,"
	    " modseq = (SELECT max(modseq) + 1 FROM folder),"
	    " messages = messages + 1, unseen = unseen + ?,"
	    " octets = octets + ? WHERE id = ? RETURNING uidnext - 1, modseq",
	    "iii", unseen, octets, folder);
	int got = s == NULL ? -1 : sql_step(c, s, err);

	if (got < 0)
		return -1;
	if (got == 0)
		return err_set(err, ERR_BUG, "no folder %lld",
		    (long long)folder);
	*uid = sqlite3_column_int64(s, 0);
	*modseq = sqlite3_column_int64(s, 1);
	sqlite3_reset(s);
	if (*uid > UINT32_MAX)
		return err_set(err, ERR_SYSTEM, "the folder has given all its "
		    "UIDs: rename it and make it again");
	return 0;
}

int
message_place(struct mailbox *m, int64_t folder, int64_t body,
    int64_t received_ms, uint32_t flags, struct slice keywords, int64_t *uid,
    struct err *err)
{
	struct sql_cache *c = mailbox_sql(m);
	int64_t octets, modseq = 0;

	if (sql_integer(c, 0, &octets, err, "SELECT length(content) FROM body"
	    " WHERE id = ?", "i", body) < 0 ||
	    give_uid(c, folder, (flags & MESSAGE_SEEN) == 0, octets, uid,
	    &modseq, err) < 0)
		return -1;
	return sql_do(c, err, "INSERT INTO message(folder, uid, modseq, flags,"
	    " keywords, received, body, octets) VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
	    "iiiitiii", folder, *uid, modseq, (int64_t)flags,
	    keywords.n > 0 ? keywords : SLICE_NONE, received_ms, body, octets);
}

void
message_init(struct message *msg)
{
	*msg = (struct message){.keywords = BUF_INIT, .record = BUF_INIT,
	    .summary = BUF_INIT, .meta = BUF_INIT, .source = BUF_INIT,
	    .content = BUF_INIT};
}

void
message_free(struct message *msg)
{
	buf_free(&msg->keywords);
	buf_free(&msg->record);
	buf_free(&msg->summary);
	buf_free(&msg->meta);
	buf_free(&msg->source);
	buf_free(&msg->content);
}

static void
set_buf(struct buf *b, struct slice value)
{
	buf_reset(b);
	buf_append_slice(b, value);
}

static int
read_column(struct sql_cache *c, const char *text, int64_t body,
    struct buf *out, struct err *err)
{
	sqlite3_stmt *s = sql_start(c, err, text, "i", body);
	int got = s == NULL ? -1 : sql_step(c, s, err);

	buf_reset(out);
	if (got > 0) {
		buf_append_slice(out, sql_column(s, 0));
		sqlite3_reset(s);
	}
	return got < 0 ? -1 : 0;
}

static void
read_row(sqlite3_stmt *s, struct message *msg)
{
	msg->modseq = sqlite3_column_int64(s, 0);
	msg->flags = (uint32_t)sqlite3_column_int64(s, 1);
	set_buf(&msg->keywords, sql_column(s, 2));
	msg->received_ms = sqlite3_column_int64(s, 3);
	msg->body = sqlite3_column_int64(s, 4);
	msg->octets = sqlite3_column_int64(s, 5);
	set_buf(&msg->record, sql_column(s, 6));
	set_buf(&msg->summary, sql_column(s, 7));
	set_buf(&msg->source, sql_column(s, 8));
	msg->unparsed = sql_column(s, 7).p == NULL;
}

int
message_get(struct mailbox *m, int64_t folder, int64_t uid, unsigned want,
    struct message *msg, struct err *err)
{
	struct sql_cache *c = mailbox_sql(m);
	sqlite3_stmt *s = sql_start(c, err, "SELECT m.modseq, m.flags,"
	    " m.keywords, m.received, m.body, m.octets, l.record, l.summary,"
	    " l.source FROM message m JOIN letter l ON l.id = m.body"
	    " WHERE m.folder = ? AND m.uid = ?", "ii", folder, uid);
	int got = s == NULL ? -1 : sql_step(c, s, err);

	if (got <= 0)
		return got;
	read_row(s, msg);
	sqlite3_reset(s);
	msg->folder = folder;
	msg->uid = uid;
	buf_reset(&msg->meta);
	buf_reset(&msg->content);
	if ((want & MESSAGE_META) != 0 && read_column(c,
	    "SELECT json FROM meta WHERE id = ?", msg->body, &msg->meta,
	    err) < 0)
		return -1;
	if ((want & MESSAGE_CONTENT) != 0 && read_column(c,
	    "SELECT content FROM body WHERE id = ?", msg->body, &msg->content,
	    err) < 0)
		return -1;
	return 1;
}

void
message_refs_free(struct message_refs *refs)
{
	free(refs->items);
	*refs = (struct message_refs){NULL, 0, 0};
}

/* What the row says, for those who are about to change it. */
struct row {
	int64_t flags, body, octets, received;
	struct buf keywords;
};

static int
row_get(struct sql_cache *c, int64_t folder, int64_t uid, struct row *row,
    struct err *err)
{
	sqlite3_stmt *s = sql_start(c, err, "SELECT flags, body, octets,"
	    " received, keywords FROM message WHERE folder = ? AND uid = ?",
	    "ii", folder, uid);
	int got = s == NULL ? -1 : sql_step(c, s, err);

	row->keywords = (struct buf)BUF_INIT;
	if (got <= 0)
		return got;
	row->flags = sqlite3_column_int64(s, 0);
	row->body = sqlite3_column_int64(s, 1);
	row->octets = sqlite3_column_int64(s, 2);
	row->received = sqlite3_column_int64(s, 3);
	buf_append_slice(&row->keywords, sql_column(s, 4));
	sqlite3_reset(s);
	return 1;
}

int
message_set_flags(struct mailbox *m, int64_t folder, int64_t uid,
    uint32_t flags, struct slice keywords, struct err *err)
{
	struct sql_cache *c = mailbox_sql(m);
	struct row row;
	int64_t unseen, modseq;
	int got = row_get(c, folder, uid, &row, err);

	buf_free(&row.keywords);
	if (got <= 0)
		return got;
	unseen = ((flags & MESSAGE_SEEN) == 0) -
	    ((row.flags & MESSAGE_SEEN) == 0);
	if (folder_count(c, folder, 0, unseen, 0, &modseq, err) < 0 ||
	    sql_do(c, err, "UPDATE message SET flags = ?, keywords = ?,"
	    " modseq = ? WHERE folder = ? AND uid = ?", "itiii",
	    (int64_t)flags, keywords.n > 0 ? keywords : SLICE_NONE, modseq,
	    folder, uid) < 0)
		return -1;
	return 1;
}

/* Takes the message out of its folder; its body stays. */
static int
expunge_row(struct sql_cache *c, int64_t folder, int64_t uid,
    const struct row *row, struct err *err)
{
	int64_t modseq, unseen = (row->flags & MESSAGE_SEEN) == 0;

	if (folder_count(c, folder, -1, -unseen, -row->octets, &modseq,
	    err) < 0 ||
	    sql_do(c, err, "DELETE FROM message WHERE folder = ? AND uid = ?",
	    "ii", folder, uid) < 0)
		return -1;
	return sql_do(c, err, "INSERT INTO expunged(folder, uid, modseq)"
	    " VALUES(?, ?, ?)", "iii", folder, uid, modseq);
}

static int
drop_body(struct sql_cache *c, int64_t body, struct err *err)
{
	/* FTS5 takes terms out of its index by being told them again. */
	if (sql_do(c, err, "INSERT INTO fts(fts, rowid, text)"
	    " SELECT 'delete', id, text FROM terms WHERE id = ?"
	    " AND id <= (SELECT indexed FROM mailbox)", "i", body) < 0 ||
	    sql_do(c, err, "DELETE FROM terms WHERE id = ?", "i", body) < 0 ||
	    sql_do(c, err, "DELETE FROM meta WHERE id = ?", "i", body) < 0 ||
	    sql_do(c, err, "DELETE FROM body WHERE id = ?", "i", body) < 0 ||
	    sql_do(c, err, "DELETE FROM letter WHERE id = ?", "i", body) < 0)
		return -1;
	/* Without AUTOINCREMENT (a page more for each delivery) the highest
	 * ids come again: they must not count as indexed. */
	return sql_do(c, err, "UPDATE mailbox SET indexed ="
	    " (SELECT coalesce(max(id), 0) FROM letter) WHERE indexed >"
	    " (SELECT coalesce(max(id), 0) FROM letter)", "");
}

static int
drop_body_if_unused(struct sql_cache *c, int64_t body, struct err *err)
{
	int64_t used;

	if (sql_integer(c, 0, &used, err, "SELECT 1 FROM message WHERE"
	    " body = ? LIMIT 1", "i", body) < 0)
		return -1;
	return used ? 0 : drop_body(c, body, err);
}

int
message_delete(struct mailbox *m, int64_t folder, int64_t uid,
    struct err *err)
{
	struct sql_cache *c = mailbox_sql(m);
	struct row row;
	int got = row_get(c, folder, uid, &row, err);

	if (got > 0 && (expunge_row(c, folder, uid, &row, err) < 0 ||
	    drop_body_if_unused(c, row.body, err) < 0))
		got = -1;
	buf_free(&row.keywords);
	return got;
}

int
message_move(struct mailbox *m, int64_t folder, int64_t uid, int64_t to,
    int64_t *uid_new, struct err *err)
{
	struct sql_cache *c = mailbox_sql(m);
	struct row row;
	int got = row_get(c, folder, uid, &row, err);

	if (got > 0 && (message_place(m, to, row.body, row.received,
	    (uint32_t)row.flags, buf_slice(&row.keywords), uid_new, err) < 0 ||
	    expunge_row(c, folder, uid, &row, err) < 0))
		got = -1;
	buf_free(&row.keywords);
	return got;
}

int
message_delete_all(struct mailbox *m, int64_t folder, struct err *err)
{
	struct sql_cache *c = mailbox_sql(m);
	int64_t uid;

	for (;;) {
		if (sql_integer(c, 0, &uid, err, "SELECT uid FROM message WHERE"
		    " folder = ? ORDER BY uid LIMIT 1", "i", folder) < 0)
			return -1;
		if (uid == 0)
			break;
		if (message_delete(m, folder, uid, err) < 0)
			return -1;
	}
	return sql_do(c, err, "DELETE FROM expunged WHERE folder = ?", "i",
	    folder);
}
