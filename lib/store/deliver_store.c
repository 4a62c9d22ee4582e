/* SPDX-License-Identifier: ISC */
/* A message into one mailbox (deliver_store.h). */
#include "deliver_store.h"

#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "delivered.h"
#include "full.h"
#include "kept_meta.h"
#include "message.h"

/* ---- the octets to store ---- */

/* RFC 5321, 4.4: final delivery says in front where the message came from. */
static void
append_return_path(struct delivery_job *job)
{
	struct slice from = meta_at(job->meta, "envelope.from");
	struct buf path = BUF_INIT;

	if (json_string(from, &path) == 0) {
		/* Whatever the sender's name holds, it is one line. */
		for (size_t i = 0; i < path.n; i++)
			if ((unsigned char)path.p[i] < ' ')
				path.p[i] = '?';
		buf_append_text(&job->content, "Return-Path: <");
		buf_append_slice(&job->content, buf_slice(&path));
		buf_append_text(&job->content, ">\r\n");
	}
	buf_free(&path);
}

/* Without an indexer's help nothing can be taken out of a header, but what
 * goes to its top needs no parser. */
static void
append_prepended(struct buf *out, const struct header_ops *ops)
{
	struct edit_piece piece = {PIECE_FIELD, 0, 0};
	struct edit_pieces one = {&piece, 1};
	struct slice lists[] = {ops->record, ops->entry};
	size_t n = json_count(ops->record) + json_count(ops->entry);
	struct buf top = BUF_INIT, next = BUF_INIT;

	for (size_t i = 0; i < 2; i++) {
		struct json_walk walk = json_walk(lists[i]);
		struct slice op;

		for (; json_next(&walk, NULL, &op) && piece.from < n;
		     piece.from++) {
			if (!json_string_is(json_get(op, "op"), "prepend"))
				continue;
			buf_reset(&next);
			(void)edit_pieces_apply(&one, SLICE(""), ops, &next);
			buf_append_slice(&next, buf_slice(&top));
			buf_reset(&top);
			buf_append_slice(&top, buf_slice(&next));
		}
	}
	buf_append_slice(out, buf_slice(&top));
	buf_free(&top);
	buf_free(&next);
}

static void
append_edited(struct delivery_job *job, const struct header_ops *ops)
{
	size_t before = job->content.n;

	if (job->parsed && edit_pieces_apply(&job->indexed.edit, job->body,
	    ops, &job->content) == 0)
		return;
	buf_truncate(&job->content, before);
	append_prepended(&job->content, ops);
	buf_append_slice(&job->content, job->body);
}

static void
make_content(struct deliverer *d, struct delivery_job *job,
    const struct plan *plan)
{
	struct header_ops ops = {meta_get(job->meta, "headers"),
	    plan->headers};
	struct err err = ERR_INIT;

	if (job->made && slice_equal(job->made_for, plan->headers))
		return;
	job->made = true;
	job->made_for = plan->headers;
	job->parsed = indexer_run(d->indexer, job->body, &ops, &job->indexed,
	    &err) == 0;
	if (!job->parsed) {
		log_warning("%.*s is stored without index terms (is:unparsed "
		    "finds it): %s", SLICE_ARG(meta_id(job->meta)), err.text);
	}
	buf_reset(&job->content);
	append_return_path(job);
	if (json_count(ops.record) + json_count(ops.entry) > 0)
		append_edited(job, &ops);
	else if (job->content.n > 0)
		buf_append_slice(&job->content, job->body);
}

/* ---- the transaction ---- */

static int
place_target(struct mailbox *m, const struct plan_target *t, int64_t body,
    int64_t received_ms, struct folder *folder, struct err *err)
{
	int64_t uid;
	int got = t->create ?
	    folder_make(m, slice_text(t->folder), folder, err) :
	    folder_find(m, slice_text(t->folder), folder, err);

	/* RFC 5228, 4.1: a folder that is not there must not cost the mail. */
	if (got == 0)
		got = folder_find(m, SLICE("INBOX"), folder, err);
	if (got <= 0)
		return -1;
	return message_place(m, folder->id, body, received_ms, t->flags,
	    buf_slice(&t->keywords), &uid, err);
}

static int
set_marks(struct mailbox *m, const struct plan *plan, struct err *err)
{
	struct json_walk walk = json_walk(plan->marks);
	struct buf handle = BUF_LIMITED(MARK_HANDLE_MAX);
	struct slice mark;
	int64_t expires_ms;
	int result = 0;

	while (result == 0 && json_next(&walk, NULL, &mark)) {
		if (plan_mark(mark, &handle, &expires_ms) < 0 || handle.n == 0)
			log_warning("a mark of a plan cannot be read");
		else
			result = mark_set(m, buf_slice(&handle), expires_ms,
			    err);
	}
	buf_free(&handle);
	return result;
}

static int
insert_body(struct deliverer *d, struct delivery_job *job, struct mailbox *m,
    bool for_good, int64_t *body, struct err *err)
{
	struct buf meta = BUF_LIMITED(META_SIZE_MAX);
	struct message_new new = {
	    .record = meta_id(job->meta),
	    .content = job->content.n > 0 ? buf_slice(&job->content) :
	        job->body,
	    .source = meta_get(job->meta, "source"),
	    .meta_until_ms = for_good ? INT64_MAX :
	        job->now_ms + d->keep_meta_ms};
	int result;

	if (job->parsed) {
		new.terms = buf_slice(&job->indexed.terms);
		new.summary = buf_slice(&job->indexed.summary);
	}
	if ((for_good || d->keep_meta_ms > 0) &&
	    kept_meta_format(job->meta, job->recipient, &meta) == 0)
		new.meta = buf_slice(&meta);
	result = message_body_insert(m, &new, body, err);
	buf_free(&meta);
	return result;
}

/* Which record this is to a mailbox.  The quarantine holds one message for
 * each recipient. */
struct identity {
	struct buf id, fingerprint;
};

static void
identity_fill(struct identity *identity, const struct delivery_job *job,
    const struct outcome *o, bool quarantine)
{
	*identity = (struct identity){BUF_INIT, BUF_INIT};
	buf_append_slice(&identity->id, meta_id(job->meta));
	(void)json_string(meta_get(job->meta, "fingerprint"),
	    &identity->fingerprint);
	if (!quarantine)
		return;
	buf_format(&identity->id, " %s", buf_text(&o->address));
	if (identity->fingerprint.n > 0)
		buf_format(&identity->fingerprint, " %s",
		    buf_text(&o->address));
}

/* An enum delivered, or -1. */
static int
store_within(struct deliverer *d, struct delivery_job *job, struct mailbox *m,
    const struct plan *plan, const struct identity *identity,
    struct folder *folder, struct err *err)
{
	struct slice id = buf_slice(&identity->id);
	struct slice fingerprint = identity->fingerprint.n > 0 ?
	    buf_slice(&identity->fingerprint) : SLICE_NONE;
	int64_t body;
	int known = delivered_check(m, id, fingerprint, job->now_ms, err);

	if (known != DELIVERED_NO)
		return known;
	if (insert_body(d, job, m, plan->quarantine, &body, err) < 0)
		return -1;
	for (size_t i = plan->n; i-- > 0;)
		if (place_target(m, &plan->targets[i], body,
		    plan->received_ms, folder, err) < 0)
			return -1;
	if (delivered_add(m, id, fingerprint, job->now_ms, err) < 0 ||
	    set_marks(m, plan, err) < 0)
		return -1;
	return DELIVERED_NO;
}

/* A mailbox that went over its quota, or under it again.  The message is
 * stored whatever comes of it. */
static void
tell_full(struct handle *one, int64_t octets)
{
	struct err err = ERR_INIT;
	bool full = octets > one->quota;

	if (one->quota == 0 || (one->full_known && one->full == full))
		return;
	if (full_set(mailbox_name(one->mailbox), full, &err) < 0) {
		log_warning("run/full: %s", err.text);
		return;
	}
	one->full_known = true;
	one->full = full;
}

static int64_t
lock_wait_ms(const struct deliverer *d, const struct delivery_job *job)
{
	int64_t deadline_ms = meta_deadline_ms(job->meta);
	int64_t left_ms = deadline_ms - job->now_ms;

	if (deadline_ms < 0 || left_ms > d->wait_ms)
		return d->wait_ms;
	return left_ms > 0 ? left_ms : 0;
}

static int
store_transaction(struct deliverer *d, struct delivery_job *job,
    struct handle *one, const struct plan *plan, struct outcome *o,
    struct folder *folder, struct err *err)
{
	struct mailbox *m = one->mailbox;
	struct identity identity;
	int64_t octets = 0;
	int known = -1;

	identity_fill(&identity, job, o, plan->quarantine);
	if (mailbox_begin(m, MAILBOX_WRITE, err) == 0) {
		known = store_within(d, job, m, plan, &identity, folder, err);
		if (known == DELIVERED_NO && one->quota > 0 &&
		    mailbox_octets(m, &octets, err) < 0)
			known = -1;
		if (known == DELIVERED_NO && mailbox_commit(m, err) < 0)
			known = -1;
		mailbox_rollback(m);
	}
	buf_free(&identity.id);
	buf_free(&identity.fingerprint);
	if (known == DELIVERED_NO)
		tell_full(one, octets);
	return known;
}

static int
store_in(struct deliverer *d, struct delivery_job *job, struct slice name,
    const struct plan *plan, struct outcome *o, struct err *err)
{
	struct handle *one = handles_get(d->handles, name, err);
	struct folder folder;
	int known;

	if (one == NULL)
		return -1;
	mailbox_set_wait(one->mailbox, lock_wait_ms(d, job));
	known = store_transaction(d, job, one, plan, o, &folder, err);
	if (known < 0)
		handles_drop(d->handles, one);
	if (known != DELIVERED_NO)
		return known;
	if (job->parsed)
		one->pending++;
	outcome_set(o, plan->quarantine ? DELIVERY_QUARANTINED :
	    DELIVERY_STORED, folder.name);
	return known;
}

static int
make_quarantine(struct deliverer *d, struct err *err)
{
	struct mailbox_keys keys = MAILBOX_KEYS_INIT;
	int result = mailbox_keys_make(&keys, d->service, err);

	if (result == 0)
		result = mailbox_create(SLICE(MAILBOX_QUARANTINE), &keys, err);
	mailbox_keys_free(&keys);
	return result;
}

/* The first message that is quarantined makes the quarantine. */
static int
store_quarantine(struct deliverer *d, struct delivery_job *job,
    const struct plan *plan, struct outcome *o, struct err *err)
{
	struct plan inbox = *plan;
	struct plan_target target = {.folder = (char *)(uintptr_t)"INBOX"};
	int known;

	inbox.n = 1;
	inbox.targets[0] = target;
	inbox.marks = SLICE_NONE;
	known = store_in(d, job, SLICE(MAILBOX_QUARANTINE), &inbox, o, err);
	if (known >= 0 || err->kind != ERR_USAGE)
		return known;
	err_clear(err);
	if (make_quarantine(d, err) < 0 && err->kind != ERR_USAGE)
		return -1;
	err_clear(err);
	known = store_in(d, job, SLICE(MAILBOX_QUARANTINE), &inbox, o, err);
	if (known < 0 && err->kind == ERR_USAGE)
		err->kind = ERR_SYSTEM; /* its absence is nobody's 5.1.1 */
	return known;
}

bool
deliver_store(struct deliverer *d, struct delivery_job *job,
    const struct plan *plan, struct outcome *o)
{
	struct err err = ERR_INIT;
	int known = DELIVERED_NO;

	if (plan->n == 0 && !plan->quarantine) {
		outcome_set(o, DELIVERY_DISCARDED, NULL);
		return true;
	}
	make_content(d, job, plan);
	if (plan->quarantine)
		known = store_quarantine(d, job, plan, o, &err);
	if (known >= 0 && plan->n > 0) {
		struct plan kept = *plan;

		kept.quarantine = false;
		known = store_in(d, job, buf_slice(&o->mailbox), &kept, o,
		    &err);
	}
	if (known < 0)
		outcome_fail(o, &err);
	else if (known == DELIVERED_YES)
		outcome_set(o, DELIVERY_DUPLICATE, NULL);
	else if (known == DELIVERED_CONFLICT)
		log_error("bug: id %.*s came with another fingerprint: not "
		    "stored", SLICE_ARG(meta_id(job->meta)));
	return known != DELIVERED_CONFLICT;
}
