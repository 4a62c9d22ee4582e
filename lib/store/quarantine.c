/* SPDX-License-Identifier: ISC */
/* What was held back, looked at, let out or thrown away (quarantine.h). */
#include "quarantine.h"

#include "folder.h"
#include "search.h"

int
quarantine_open(struct mailbox **m, const struct mailbox_opener *opener,
    struct err *err)
{
	struct err why = ERR_INIT;

	if (mailbox_open(m, SLICE(MAILBOX_QUARANTINE), opener, &why) == 0)
		return 1;
	if (why.kind == ERR_USAGE)
		return 0;
	*err = why;
	return -1;
}

static int
not_there(int64_t uid, struct err *err)
{
	return err_set(err, ERR_USAGE, "%lld is not in the quarantine",
	    (long long)uid);
}

/* In a transaction of its own.  1, 0, -1. */
static int
get(struct mailbox *m, int64_t uid, unsigned want, struct message *msg,
    struct err *err)
{
	struct folder inbox;
	int got = -1;

	if (mailbox_begin(m, MAILBOX_READ, err) < 0)
		return -1;
	if (folder_find(m, SLICE("INBOX"), &inbox, err) > 0)
		got = message_get(m, inbox.id, uid, want, msg, err);
	mailbox_rollback(m);
	return got;
}

int
quarantine_list(struct mailbox *m,
    int (*each)(void *context, const struct message *msg, struct err *err),
    void *context, struct err *err)
{
	struct message_refs refs = {NULL, 0, 0};
	struct message msg;
	int got = search_run(m, NULL, 0, 0, &refs, err);

	message_init(&msg);
	for (size_t i = 0; i < refs.n && got >= 0; i++) {
		got = get(m, refs.items[i].uid, MESSAGE_META, &msg, err);
		if (got > 0)
			got = each(context, &msg, err);
	}
	message_free(&msg);
	message_refs_free(&refs);
	return got < 0 ? -1 : 0;
}

/* The record as it came, but for the verdict that held it back.  Its header
 * operations were applied when it was stored. */
static struct record *
make_record(struct message *msg, struct err *err)
{
	struct record *r = record_new();

	meta_free(&r->meta);
	if (meta_parse(&r->meta, buf_slice(&msg->meta), err) < 0) {
		meta_init(&r->meta);
		record_free(r);
		return NULL;
	}
	r->body = msg->content;
	msg->content = (struct buf)BUF_INIT;
	meta_set_integer(&r->meta, "size", (int64_t)r->body.n);
	meta_set(&r->meta, "plan", SLICE_NONE);
	meta_set(&r->meta, "verdict",
	    SLICE("{\"action\":\"accept\",\"by\":\"fe-mailbox\"}"));
	return r;
}

static int
deliver_again(struct deliverer *d, struct message *msg, struct err *err)
{
	struct record *r = make_record(msg, err), *receipt;
	enum delivery_outcome worst;
	struct delivery_job *job;

	if (r == NULL)
		return -1;
	job = deliver_prepare(d, r);
	deliver_accept(d, &job, 1);
	receipt = deliver_receipt(job, &worst);
	if (worst != DELIVERY_DONE)
		err_set(err, ERR_SYSTEM, "%lld stays in the quarantine: it "
		    "could not be delivered (%.*s)", (long long)msg->uid,
		    SLICE_ARG(meta_get(&receipt->meta, "delivery")));
	record_free(receipt);
	return worst == DELIVERY_DONE ? 0 : -1;
}

int
quarantine_release(struct mailbox *m, struct deliverer *d, int64_t uid,
    struct err *err)
{
	struct message msg;
	int got;

	message_init(&msg);
	got = get(m, uid, MESSAGE_META | MESSAGE_CONTENT, &msg, err);
	if (got == 0)
		got = not_there(uid, err);
	else if (got > 0)
		got = deliver_again(d, &msg, err);
	message_free(&msg);
	return got < 0 ? -1 : quarantine_delete(m, uid, err);
}

int
quarantine_delete(struct mailbox *m, int64_t uid, struct err *err)
{
	struct folder inbox;
	int got = -1;

	if (mailbox_begin(m, MAILBOX_WRITE, err) < 0)
		return -1;
	if (folder_find(m, SLICE("INBOX"), &inbox, err) > 0)
		got = message_delete(m, inbox.id, uid, err);
	if (got > 0)
		got = mailbox_commit(m, err) < 0 ? -1 : 1;
	mailbox_rollback(m);
	return got == 0 ? not_there(uid, err) : got < 0 ? -1 : 0;
}

int
quarantine_has(struct mailbox *m, int64_t uid, struct err *err)
{
	struct message msg;
	int got;

	message_init(&msg);
	got = get(m, uid, 0, &msg, err);
	message_free(&msg);
	return got == 0 ? not_there(uid, err) : got < 0 ? -1 : 0;
}
