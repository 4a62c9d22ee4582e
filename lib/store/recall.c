/* SPDX-License-Identifier: ISC */
/*
 * Reading messages back.  Holds keys, so it looks into no message; an id that
 * was not kept follows from the place and the octets.
 */
#include "store/recall.h"

#include <stdlib.h>

#include "base/id.h"
#include "record/source.h"
#include "store/folder.h"
#include "store/message.h"
#include "store/place.h"
#include "store/replay.h"
#include "store/search.h"

struct folders {
	struct folder *items;
	size_t n;
};

static struct slice
folder_name(const struct folders *folders, int64_t id)
{
	for (size_t i = 0; i < folders->n; i++)
		if (folders->items[i].id == id)
			return slice_text(folders->items[i].name);
	return SLICE_NONE;
}

static int64_t
folder_id(const struct folders *folders, struct slice name)
{
	bool inbox = slice_case_is(name, "INBOX");

	for (size_t i = 0; i < folders->n; i++) {
		struct slice its = slice_text(folders->items[i].name);

		if (inbox ? slice_case_equal(its, name)
			  : slice_equal(its, name))
			return folders->items[i].id;
	}
	return 0;
}

static void
set_meta(struct record *r, const struct message *msg)
{
	struct meta kept;

	if (msg->meta.n == 0 || meta_parse(&kept, buf_slice(&msg->meta),
		NULL) < 0)
		return;
	meta_free(&r->meta);
	r->meta = kept;
	meta_set(&r->meta, "received", SLICE_NONE);
	meta_set(&r->meta, "deadline", SLICE_NONE);
	meta_set(&r->meta, "delivery", SLICE_NONE);
}

static void
set_id(struct record *r, const struct message *msg, struct slice folder)
{
	char id[ID_SIZE];

	if (id_is_valid(buf_slice(&msg->record))) {
		meta_set_text(&r->meta, "id", buf_slice(&msg->record));
		return;
	}
	source_id(msg->received_ms, folder, buf_slice(&msg->content), id);
	meta_set_text(&r->meta, "id", slice_text(id));
}

static void
set_source(struct record *r, const struct message *msg, struct slice mailbox,
    struct slice folder, const char *label)
{
	struct buf path = BUF_INIT, flags = BUF_INIT, text = BUF_INIT;
	struct source source;

	/* the form of its line ends is all that is left of an older one */
	source_get(buf_slice(&msg->source), &source, &text);
	source = (struct source){.kind = SOURCE_MAILBOX, .folder = folder,
	    .date_ms = msg->received_ms, .label = slice_text(label),
	    .lines = source.lines};
	place_format(&path, mailbox, folder, msg->uid);
	message_flags_format(&flags, msg->flags, buf_slice(&msg->keywords));
	source.path = buf_slice(&path);
	source.flags = buf_slice(&flags);
	source_set(r, &source);
	buf_free(&path);
	buf_free(&flags);
	buf_free(&text);
}

/* One message; 0 also when it has gone meanwhile. */
static int
give(const struct recall *recall, struct mailbox *m,
    const struct folders *folders, const struct message_ref *ref,
    struct message *msg, struct err *err)
{
	struct slice folder = folder_name(folders, ref->folder);
	struct record *r;
	int found;

	if (mailbox_begin(m, MAILBOX_READ, err) < 0)
		return -1;
	found = message_get(m, ref->folder, ref->uid,
	    MESSAGE_META | MESSAGE_CONTENT, msg, err);
	if (found < 0 || mailbox_commit(m, err) < 0) {
		mailbox_rollback(m);
		return -1;
	}
	if (found == 0)
		return 0;
	r = record_new();
	set_meta(r, msg);
	set_id(r, msg, folder);
	set_source(r, msg, mailbox_name(m), folder, recall->label);
	r->body = msg->content;
	msg->content = (struct buf)BUF_INIT;
	meta_set_integer(&r->meta, "size", (int64_t)r->body.n);
	return recall->message(recall->context, r) < 0 ? 1 : 0;
}

static int
list_folders(struct mailbox *m, struct folders *folders, struct err *err)
{
	if (mailbox_begin(m, MAILBOX_READ, err) < 0)
		return -1;
	if (folder_list(m, &folders->items, &folders->n, err) < 0 ||
	    mailbox_commit(m, err) < 0) {
		mailbox_rollback(m);
		return -1;
	}
	return 0;
}

static int
has_message(struct mailbox *m, const struct message_ref *ref,
    struct message *msg, struct err *err)
{
	int found;

	if (mailbox_begin(m, MAILBOX_READ, err) < 0)
		return -1;
	found = message_get(m, ref->folder, ref->uid, 0, msg, err);
	mailbox_rollback(m);
	if (found == 0)
		return err_set(err, ERR_USAGE, "there is no such message");
	return found;
}

static int
recall_from(const struct recall *recall, struct mailbox *m,
    const struct place *place, struct err *err)
{
	struct folders folders = {NULL, 0};
	struct message_refs refs = {.items = NULL};
	struct message_ref one = {.uid = place->uid};
	struct message msg;
	int result = -1;

	message_init(&msg);
	if (list_folders(m, &folders, err) < 0)
		goto out;
	if (place->folder != NULL &&
	    (one.folder = folder_id(
		 &folders, slice_text(place->folder))) == 0) {
		err_set(err, ERR_USAGE, "there is no such folder");
		goto out;
	}
	if (place->uid != 0) {
		result = has_message(m, &one, &msg, err);
		if (result > 0)
			result = give(recall, m, &folders, &one, &msg, err);
		goto out;
	}
	result = search_run(m, recall->query, one.folder, recall->since_ms,
	    &refs, err);
	for (size_t i = 0; result == 0 && i < refs.n; i++)
		result = give(recall, m, &folders, &refs.items[i], &msg, err);
out:
	message_free(&msg);
	message_refs_free(&refs);
	free(folders.items);
	return result;
}

int
recall_place(const struct recall *recall, struct slice text, struct err *err)
{
	struct place place;
	struct handle *handle;
	int result = -1;

	if (place_parse(&place, text, err) < 0)
		return -1;
	handle = handles_get(
	    recall->handles, slice_text(place.mailbox), err);
	if (handle != NULL)
		replay_before_reading(handle->mailbox);
	if (handle != NULL)
		result = recall_from(recall, handle->mailbox, &place, err);
	if (result < 0) {
		err_prefix(err, "%.*s", SLICE_ARG(text));
		if (handle != NULL)
			handles_drop(recall->handles, handle);
	}
	place_free(&place);
	return result;
}
