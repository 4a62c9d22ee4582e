/* SPDX-License-Identifier: ISC */
/* fe-restore find: which messages a snapshot has. */
#include "base/clock.h"
#include "base/json.h"
#include "ops/recovery.h"
#include "record/render.h"
#include "store/mailbox_sql.h"

/* The message and its place, which is empty where its folder has gone.
 * 0: it has gone. */
static int
read_message(struct old_mailbox *old, const struct place *place,
    const struct message_ref *ref, struct message *msg, struct buf *name,
    struct err *err)
{
	sqlite3_stmt *s = NULL;
	struct sql_cache *sql;
	int got;

	if (mailbox_begin(old->mailbox, MAILBOX_READ, err) < 0)
		return -1;
	sql = mailbox_sql(old->mailbox);
	got = message_get(old->mailbox, ref->folder, ref->uid, 0, msg, err);
	if (got > 0)
		s = sql_start(sql, err,
		    "SELECT name FROM folder WHERE id = ?", "i", ref->folder);
	if (s != NULL && sql_step(sql, s, err) > 0) {
		place_format(name, slice_text(place->mailbox),
		    sql_column(s, 0), ref->uid);
		sqlite3_reset(s);
	}
	mailbox_rollback(old->mailbox);
	return got;
}

static void
put_json(struct buf *out, const struct message *msg, struct slice place,
    const char *received)
{
	struct json_writer w = JSON_WRITER(out);

	json_open_object(&w, NULL);
	json_put_slice(&w, "place", place);
	json_put_text(&w, "received", received);
	json_put_integer(&w, "octets", msg->octets);
	if (!msg->unparsed)
		json_put_raw(&w, "summary", buf_slice(&msg->summary));
	json_close_object(&w);
	buf_append_char(out, '\n');
}

/* What a stranger wrote into the fields is shown, never obeyed. */
static void
put_line(struct buf *out, const struct message *msg, struct slice place,
    const char *received)
{
	static const char *const members[] = {"from", "subject"};
	struct buf text = BUF_INIT;

	buf_format(out, "%.*s\t%s\t%lld", SLICE_ARG(place), received,
	    (long long)msg->octets);
	for (size_t i = 0; i < 2; i++) {
		buf_reset(&text);
		(void)json_string(
		    json_get(buf_slice(&msg->summary), members[i]), &text);
		buf_append_char(out, '\t');
		render_safe(out, buf_slice(&text));
	}
	buf_append_char(out, '\n');
	buf_free(&text);
}

static int
put_message(struct recovery *r, struct old_mailbox *old,
    const struct place *place, const struct message_ref *ref,
    struct err *err)
{
	struct buf name = BUF_INIT;
	char time[CLOCK_TEXT_SIZE];
	struct message msg;
	int got;

	message_init(&msg);
	got = read_message(old, place, ref, &msg, &name, err);
	clock_rfc3339(msg.received_ms, time);
	if (got > 0 && r->conf->output == RECOVERY_JSON)
		put_json(&r->out, &msg, buf_slice(&name), time);
	else if (got > 0)
		put_line(&r->out, &msg, buf_slice(&name), time);
	buf_free(&name);
	message_free(&msg);
	return got < 0 ? -1 : cmd_put(&r->out, err);
}

int
recovery_find(struct recovery *r, struct err *err)
{
	struct buf query = BUF_INIT;
	struct message_refs refs = {NULL, 0, 0};
	struct old_mailbox old = {.mailbox = NULL};
	struct place place;
	struct old_choice choice;
	int result;

	if (r->n < 2)
		return err_set(err, ERR_USAGE, "find in which mailbox? "
		    "find ADDRESS[:FOLDER] QUERY");
	if (r->n < 3 && r->conf->message_id == NULL)
		return err_set(err, ERR_USAGE, "find what in '%s'? "
		    "give a query or --message-id", r->words[1]);
	if (place_parse(&place, slice_text(r->words[1]), err) < 0)
		return -1;
	recovery_query(r, 2, &query);
	choice = (struct old_choice){.folder = place.folder,
	    .message_id = r->conf->message_id,
	    .query = query.n > 0 ? query.p : NULL};
	result = recovery_open_mailbox(r, &place, &old, err);
	if (result == 0)
		result = old_mailbox_choose(&old, &choice, &refs, err);
	for (size_t i = 0; i < refs.n && result == 0; i++)
		result = put_message(r, &old, &place, &refs.items[i], err);
	r->found = result == 0 && refs.n == 0;
	old_mailbox_close(&old);
	message_refs_free(&refs);
	buf_free(&query);
	place_free(&place);
	return result;
}
