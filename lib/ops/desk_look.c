/* SPDX-License-Identifier: ISC */
/* fe-mailbox list, search, folders, stat. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/json.h"
#include "desk_verbs.h"
#include "store/search.h"

/* ---- list, search ---- */

/* Of all folders: the name that a message's folder has. */
struct folder_names {
	struct folder *items;
	size_t n;
};

static const char *
folder_name(const struct folder_names *names, int64_t id)
{
	for (size_t i = 0; i < names->n; i++)
		if (names->items[i].id == id)
			return names->items[i].name;
	return "";
}

static void
put_message_text(struct desk *desk, const struct message *msg,
    struct slice place)
{
	char time[CLOCK_TEXT_SIZE];
	struct buf flags = BUF_INIT;

	message_flags_format(&flags, msg->flags, buf_slice(&msg->keywords));
	desk_put(desk, place);
	desk_put(desk, slice_text(clock_rfc3339(msg->received_ms, time)));
	desk_put_number(desk, "", msg->octets);
	desk_put(desk, flags.n > 0 ? buf_slice(&flags) : SLICE("-"));
	desk_put_summary(desk, msg);
	buf_free(&flags);
}

static void
put_message_json(struct desk *desk, const struct message *msg,
    struct slice place, const char *folder)
{
	struct json_writer w = JSON_WRITER(&desk->out);
	struct buf flags = BUF_INIT;
	struct slice rest, flag;
	char time[CLOCK_TEXT_SIZE];

	message_flags_format(&flags, msg->flags, buf_slice(&msg->keywords));
	json_open_object(&w, NULL);
	json_put_slice(&w, "place", place);
	json_put_text(&w, "folder", folder);
	json_put_integer(&w, "uid", msg->uid);
	json_put_integer(&w, "modseq", msg->modseq);
	json_put_text(&w, "received", clock_rfc3339(msg->received_ms, time));
	json_put_integer(&w, "octets", msg->octets);
	json_open_array(&w, "flags");
	for (rest = buf_slice(&flags); rest.n > 0;) {
		flag = slice_cut(&rest, ' ');
		json_put_slice(&w, NULL, flag);
	}
	json_close_array(&w);
	if (msg->record.n > 0)
		json_put_slice(&w, "id", buf_slice(&msg->record));
	if (msg->unparsed)
		json_put_bool(&w, "unparsed", true);
	else
		json_put_raw(&w, "summary", buf_slice(&msg->summary));
	json_close_object(&w);
	buf_free(&flags);
}

/* Each in a transaction of its own: the reader may be slow. */
static int
put_one(struct desk *desk, struct mailbox *m, const struct message_ref *ref,
    const struct folder_names *names, bool places_only, struct err *err)
{
	const char *folder = folder_name(names, ref->folder);
	struct buf place = BUF_INIT;
	struct message msg;
	int got = 1;

	message_init(&msg);
	place_format(&place, mailbox_name(m), slice_text(folder), ref->uid);
	if (!places_only && (got = mailbox_begin(m, MAILBOX_READ, err)) == 0) {
		got = message_get(m, ref->folder, ref->uid, 0, &msg, err);
		mailbox_rollback(m);
	}
	if (got > 0 && places_only)
		buf_append_slice(&desk->out, buf_slice(&place));
	else if (got > 0 && desk->conf->json)
		put_message_json(desk, &msg, buf_slice(&place), folder);
	else if (got > 0)
		put_message_text(desk, &msg, buf_slice(&place));
	if (got > 0)
		got = desk_put_line(desk, err);
	message_free(&msg);
	buf_free(&place);
	return got < 0 ? -1 : 0;
}

static int
put_matches(struct desk *desk, struct mailbox *m, const struct place *place,
    const struct query *q, bool places_only, struct err *err)
{
	struct message_refs refs = {NULL, 0, 0};
	struct folder_names names = {NULL, 0};
	struct folder folder = {.id = 0};
	int result = mailbox_begin(m, MAILBOX_READ, err);
	bool found = false;

	if (result == 0)
		result = folder_list(m, &names.items, &names.n, err);
	if (result == 0 && place->folder != NULL)
		result = desk_find_folder(m, place->folder, &folder, err);
	mailbox_rollback(m);
	if (result == 0)
		result = search_run(m, q, folder.id, 0, &refs, err);
	for (size_t i = 0; i < refs.n && result == 0; i++) {
		if (place->uid > 0 && refs.items[i].uid != place->uid)
			continue;
		result = put_one(desk, m, &refs.items[i], &names, places_only,
		    err);
		found = true;
	}
	if (result == 0 && place->uid > 0 && q == NULL && !found)
		result = err_set(err, ERR_USAGE, "'%s' is not there",
		    desk->words[0]);
	message_refs_free(&refs);
	free(names.items);
	return result;
}

int
desk_list(struct desk *desk, struct err *err)
{
	struct mailbox *m;
	struct place place;
	int result;

	if (desk_want_words(desk, 1, 1, err) < 0 ||
	    desk_open(desk, desk->words[0], &place, &m, err) < 0)
		return -1;
	result = put_matches(desk, m, &place, NULL, false, err);
	mailbox_close(m);
	place_free(&place);
	return result;
}

int
desk_search(struct desk *desk, struct err *err)
{
	struct buf text = BUF_INIT;
	struct query *q = NULL;
	struct mailbox *m;
	struct place place;
	int result;

	if (desk_want_words(desk, 2, 1000, err) < 0)
		return -1;
	for (int i = 1; i < desk->n; i++)
		buf_format(&text, "%s%s", i > 1 ? " " : "", desk->words[i]);
	result = query_parse(&q, buf_slice(&text), clock_now_ms(), err);
	buf_free(&text);
	if (result < 0)
		return -1;
	result = desk_open(desk, desk->words[0], &place, &m, err);
	if (result == 0) {
		result = put_matches(desk, m, &place, q, !desk->conf->json,
		    err);
		mailbox_close(m);
		place_free(&place);
	}
	query_free(q);
	return result;
}

/* ---- folders, stat ---- */

static int
put_folder(struct desk *desk, const struct folder *f, struct err *err)
{
	struct json_writer w = JSON_WRITER(&desk->out);

	if (!desk->conf->json) {
		desk_put(desk, slice_text(f->name));
		desk_put_number(desk, "", f->messages);
		desk_put_number(desk, "", f->unseen);
		desk_put_number(desk, "", f->octets);
		desk_put(desk, f->special[0] ? slice_text(f->special) :
		    SLICE("-"));
		return desk_put_line(desk, err);
	}
	json_open_object(&w, NULL);
	json_put_text(&w, "folder", f->name);
	if (f->special[0] != '\0')
		json_put_text(&w, "special", f->special);
	json_put_integer(&w, "messages", f->messages);
	json_put_integer(&w, "unseen", f->unseen);
	json_put_integer(&w, "octets", f->octets);
	json_put_integer(&w, "uidvalidity", f->uidvalidity);
	json_put_integer(&w, "uidnext", f->uidnext);
	json_put_integer(&w, "modseq", f->modseq);
	json_close_object(&w);
	return desk_put_line(desk, err);
}

int
desk_folders(struct desk *desk, struct err *err)
{
	struct folder_names names = {NULL, 0};
	struct mailbox *m;
	struct place place;
	int result;

	if (desk_want_words(desk, 1, 1, err) < 0 ||
	    desk_open(desk, desk->words[0], &place, &m, err) < 0)
		return -1;
	result = mailbox_begin(m, MAILBOX_READ, err);
	if (result == 0)
		result = folder_list(m, &names.items, &names.n, err);
	mailbox_close(m);
	for (size_t i = 0; i < names.n && result == 0; i++)
		result = put_folder(desk, &names.items[i], err);
	free(names.items);
	place_free(&place);
	return result;
}

static int
put_stat(struct desk *desk, struct mailbox *m, const struct mailbox_count *c,
    struct err *err)
{
	struct json_writer w = JSON_WRITER(&desk->out);

	if (!desk->conf->json) {
		desk_put(desk, mailbox_name(m));
		desk_put_number(desk, "messages=", c->messages);
		desk_put_number(desk, "folders=", c->folders);
		desk_put_number(desk, "octets=", c->octets);
		desk_put_number(desk, "file=", c->file_octets);
		desk_put_number(desk, "pending=", c->pending);
		desk_put_number(desk, "unparsed=", c->unparsed);
		desk_put_number(desk, "generation=", mailbox_generation(m));
		return desk_put_line(desk, err);
	}
	json_open_object(&w, NULL);
	json_put_slice(&w, "mailbox", mailbox_name(m));
	json_put_integer(&w, "messages", c->messages);
	json_put_integer(&w, "folders", c->folders);
	json_put_integer(&w, "octets", c->octets);
	json_put_integer(&w, "file", c->file_octets);
	json_put_integer(&w, "pending", c->pending);
	json_put_integer(&w, "unparsed", c->unparsed);
	json_put_integer(&w, "generation", mailbox_generation(m));
	json_close_object(&w);
	return desk_put_line(desk, err);
}

static int
stat_one(struct desk *desk, const char *word, struct err *err)
{
	struct mailbox_count count;
	struct mailbox *m;
	struct place place;
	int result;

	if (desk_open(desk, word, &place, &m, err) < 0)
		return -1;
	result = mailbox_begin(m, MAILBOX_READ, err);
	if (result == 0)
		result = mailbox_counts(m, &count, err);
	mailbox_rollback(m);
	if (result == 0)
		result = put_stat(desk, m, &count, err);
	mailbox_close(m);
	place_free(&place);
	return result;
}

int
desk_stat(struct desk *desk, struct err *err)
{
	if (desk_want_words(desk, 1, 100000, err) < 0)
		return -1;
	return desk_each_word(desk, stat_one, err);
}
