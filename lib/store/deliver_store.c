/* SPDX-License-Identifier: ISC */
/* A message into one mailbox (deliver_store.h). */
#include "deliver_store.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "delivered.h"
#include "full.h"
#include "kept_meta.h"
#include "message.h"

/* ---- the octets to store ---- */

/* RFC 5321, 4.4: final delivery says in front where the message came from,
 * and takes away what others said of that.  An import knows of no sender: it
 * is stored as it is. */
static struct slice
record_ops(struct delivery_job *job)
{
	struct slice asked = meta_get(job->meta, "headers"), op;
	struct json_walk walk = json_walk(asked);

	if (json_type(meta_at(job->meta, "envelope.from")) != JSON_STRING)
		return asked;
	if (job->ops.n > 0)
		return buf_slice(&job->ops);
	buf_append_text(&job->ops,
	    "[{\"op\":\"delete\",\"name\":\"Return-Path\"}");
	while (json_next(&walk, NULL, &op)) {
		buf_append_char(&job->ops, ',');
		buf_append_slice(&job->ops, op);
	}
	buf_append_char(&job->ops, ']');
	return buf_slice(&job->ops);
}

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

void
deliver_make_content(struct deliverer *d, struct delivery_job *job,
    const struct plan *plan)
{
	struct header_ops ops = {record_ops(job), plan->headers};
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

	/* RFC 5228, 4.1: a folder that is not there, and cannot be made
	 * either, must not cost the mail. */
	if (got < 0 && err->kind == ERR_USAGE) {
		err_clear(err);
		got = 0;
	}
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
insert_body(const struct deliverer *d, struct delivery_job *job,
    struct mailbox *m, bool for_good, int64_t *body, struct err *err)
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

static void
identity_free(struct identity *identity)
{
	buf_free(&identity->id);
	buf_free(&identity->fingerprint);
}

static int
store_new(const struct deliverer *d, struct delivery_job *job,
    struct mailbox *m, const struct plan *plan, struct folder *folder,
    struct err *err)
{
	int64_t body;

	if (insert_body(d, job, m, plan->quarantine, &body, err) < 0)
		return -1;
	for (size_t i = plan->n; i-- > 0;)
		if (place_target(m, &plan->targets[i], body,
		    plan->received_ms, folder, err) < 0)
			return -1;
	return set_marks(m, plan, err);
}

/* An enum delivered, or -1. */
static int
store_within(const struct deliverer *d, struct delivery_job *job,
    struct mailbox *m, const struct plan *plan, const struct outcome *o,
    struct folder *folder, struct err *err)
{
	struct identity identity;
	struct slice id, fingerprint;
	int known;

	identity_fill(&identity, job, o, plan->quarantine);
	id = buf_slice(&identity.id);
	fingerprint = identity.fingerprint.n > 0 ?
	    buf_slice(&identity.fingerprint) : SLICE_NONE;
	known = delivered_check(m, id, fingerprint, job->now_ms, err);
	if (known == DELIVERED_NO &&
	    (store_new(d, job, m, plan, folder, err) < 0 ||
	    delivered_add(m, id, fingerprint, job->now_ms, err) < 0))
		known = -1;
	identity_free(&identity);
	return known;
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

/* Commits, and tells who is over his quota now. */
static int
commit(struct handle *one, struct err *err)
{
	int64_t octets = 0;

	if (one->quota > 0 && mailbox_octets(one->mailbox, &octets, err) < 0)
		return -1;
	if (mailbox_commit(one->mailbox, err) < 0)
		return -1;
	tell_full(one, octets);
	return 0;
}

/* What the receipt says, once it is true. */
static void
outcome_known(struct outcome *o, const struct delivery_job *job,
    struct handle *one, const struct plan *plan, const char *folder, int known)
{
	if (known == DELIVERED_CONFLICT)
		outcome_conflict(o, job);
	else if (known == DELIVERED_YES)
		outcome_set(o, DELIVERY_DUPLICATE, NULL);
	else
		outcome_set(o, plan->quarantine ? DELIVERY_QUARANTINED :
		    DELIVERY_STORED, folder);
	if (known == DELIVERED_NO && job->parsed)
		one->pending++;
}

static int
store_in(struct deliverer *d, struct delivery_job *job, struct slice name,
    const struct plan *plan, struct outcome *o, struct err *err)
{
	struct handle *one = handles_get(d->handles, name, err);
	struct folder folder;
	int known = -1;

	if (one == NULL)
		return -1;
	mailbox_set_wait(one->mailbox, lock_wait_ms(d, job));
	if (mailbox_begin(one->mailbox, MAILBOX_WRITE, err) == 0) {
		known = store_within(d, job, one->mailbox, plan, o, &folder,
		    err);
		if (known == DELIVERED_NO && commit(one, err) < 0)
			known = -1;
		mailbox_rollback(one->mailbox);
	}
	if (known < 0)
		handles_drop(d->handles, one);
	else
		outcome_known(o, job, one, plan, folder.name, known);
	return known;
}

/* ---- many records, one transaction ---- */

struct stored {
	struct plan plan;
	struct folder folder;
	int known;
};

static int64_t
least_wait_ms(const struct deliverer *d, const struct delivery_item *items,
    size_t n)
{
	int64_t least = d->wait_ms;

	for (size_t i = 0; i < n; i++) {
		int64_t one = lock_wait_ms(d, items[i].job);

		if (one < least)
			least = one;
	}
	return least;
}

static int
store_items(const struct deliverer *d, struct mailbox *m,
    const struct delivery_item *items, struct stored *stored, size_t n,
    struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		struct delivery_job *job = items[i].job;
		struct outcome *o = &job->outcomes[items[i].recipient];

		job->recipient = items[i].recipient;
		plan_read(&stored[i].plan, job->meta, job->recipient,
		    job->now_ms);
		stored[i].known = store_within(d, job, m, &stored[i].plan, o,
		    &stored[i].folder, err);
		if (stored[i].known < 0)
			return -1;
	}
	return 0;
}

/* 1 done, 0 not done, -1 the mailbox cannot be had at all. */
static int
store_all(struct deliverer *d, struct handle *one,
    const struct delivery_item *items, struct stored *stored, size_t n,
    struct err *err)
{
	int result = 0;

	if (one == NULL)
		return -1;
	mailbox_set_wait(one->mailbox, least_wait_ms(d, items, n));
	if (mailbox_begin(one->mailbox, MAILBOX_WRITE, err) < 0)
		return -1;
	if (store_items(d, one->mailbox, items, stored, n, err) == 0 &&
	    commit(one, err) == 0)
		result = 1;
	mailbox_rollback(one->mailbox);
	return result;
}

bool
deliver_store_together(struct deliverer *d, const struct delivery_item *items,
    size_t n)
{
	struct outcome *o = &items[0].job->outcomes[items[0].recipient];
	struct stored *stored = mem_zalloc(n * sizeof(*stored));
	struct err err = ERR_INIT;
	struct handle *one = handles_get(d->handles, buf_slice(&o->mailbox),
	    &err);
	int done = store_all(d, one, items, stored, n, &err);

	for (size_t i = 0; i < n; i++) {
		o = &items[i].job->outcomes[items[i].recipient];
		if (done > 0)
			outcome_known(o, items[i].job, one, &stored[i].plan,
			    stored[i].folder.name, stored[i].known);
		else if (done < 0)
			outcome_fail(o, &err);
		plan_free(&stored[i].plan);
	}
	if (one != NULL && done <= 0)
		handles_drop(d->handles, one);
	free(stored);
	return done != 0;
}

/* ---- the quarantine ---- */

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

void
deliver_store(struct deliverer *d, struct delivery_job *job,
    const struct plan *plan, struct outcome *o)
{
	struct err err = ERR_INIT;
	int known = DELIVERED_NO;

	deliver_make_content(d, job, plan);
	if (plan->quarantine)
		known = store_quarantine(d, job, plan, o, &err);
	if (known >= 0 && known != DELIVERED_CONFLICT && plan->n > 0) {
		struct plan kept = *plan;

		kept.quarantine = false;
		known = store_in(d, job, buf_slice(&o->mailbox), &kept, o,
		    &err);
	}
	if (known < 0)
		outcome_fail(o, &err);
}
