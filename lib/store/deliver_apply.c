/* SPDX-License-Identifier: ISC */
/*
 * What the journal holds, into the mailboxes.  Everything here may be done
 * again: a mailbox knows by its table `delivered' what it has had.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/secret.h"
#include "deliver_job.h"
#include "delivered.h"
#include "full.h"
#include "kept_meta.h"
#include "message.h"

/* So much goes into one transaction. */
#define TOGETHER_MAX 256
#define TOGETHER_OCTETS ((size_t)32 << 20)
/* Another writer of the same mailbox is waited for so long. */
#define BUSY_MS 1000
/* Next tries of a mailbox that fails, and the time between two complaints. */
#define PAUSE_MIN_MS 100
#define PAUSE_LOCKED_MAX_MS 1000
#define PAUSE_MAX_MS 60000
#define TELL_MS ((int64_t)60 * 60 * 1000)

/* ---- within the transaction ---- */

static int
find_target(struct mailbox *m, const struct plan_target *t,
    struct folder *folder, struct err *err)
{
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
	return got > 0 ? 0 : -1;
}

static void
add_flags(struct plan_target *to, const struct plan_target *from)
{
	struct slice words = buf_slice(&from->keywords);

	to->flags |= from->flags;
	while (words.p != NULL && words.n > 0)
		(void)message_flag_add(&to->flags, &to->keywords,
		    slice_cut(&words, ' '));
}

/* Each folder gets it once, with the flags of all that name it (RFC 5228,
 * 2.10.3): `keep; fileinto "INBOX"', or two folders that are not there. */
static int
place(struct mailbox *m, struct plan *plan, int64_t body,
    struct folder *folder, struct err *err)
{
	int64_t folders[PLAN_TARGETS_MAX], uid;

	for (size_t i = plan->n; i-- > 0;) {
		if (find_target(m, &plan->targets[i], folder, err) < 0)
			return -1;
		folders[i] = folder->id;
	}
	for (size_t i = plan->n; i-- > 0;) {
		struct plan_target *t = &plan->targets[i];
		size_t first = 0;

		while (folders[first] != folders[i])
			first++;
		if (first < i)
			add_flags(&plan->targets[first], t);
		else if (message_place(m, folders[i], body, plan->received_ms,
			     t->flags, buf_slice(&t->keywords), &uid, err) < 0)
			return -1;
	}
	return 0;
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
insert_body(struct mailbox *m, const struct order *o, int64_t *body,
    struct err *err)
{
	const struct delivery_job *job = o->job;
	struct buf meta = BUF_LIMITED(META_SIZE_MAX);
	struct message_new new = {
	    .record = meta_id(job->meta),
	    .content = o->content->text,
	    .source = meta_get(job->meta, "source"),
	    .meta_until_ms = o->quarantine ? INT64_MAX :
	        job->now_ms + job->keep_meta_ms};
	int result;

	if (o->content->parsed) {
		new.terms = o->content->terms;
		new.summary = o->content->summary;
	}
	if ((o->quarantine || job->keep_meta_ms > 0) &&
	    kept_meta_format(job->meta, o->recipient, &meta) == 0)
		new.meta = buf_slice(&meta);
	result = message_body_insert(m, &new, body, err);
	buf_free(&meta);
	return result;
}

static int
store_new(struct mailbox *m, const struct order *o, struct plan *plan,
    struct folder *folder, struct err *err)
{
	int64_t body;

	/* Marks alone, where the message is not kept. */
	if (plan->n > 0 && (insert_body(m, o, &body, err) < 0 ||
	    place(m, plan, body, folder, err) < 0))
		return -1;
	return set_marks(m, plan, err);
}

/* The plan as far as this mailbox is concerned. */
static void
order_plan(const struct order *o, struct plan *plan)
{
	struct plan asked;

	plan_read(plan, o->job->meta, o->recipient, o->job->now_ms);
	if (o->settled != NULL) {
		asked = *plan;
		plan_take_case(plan, &asked, slice_text(o->settled),
		    o->job->meta);
		plan_free(&asked);
	}
	if (o->junk)
		plan_into_junk(plan);
	if (o->quarantine) {
		plan_into_inbox(plan);
		plan->marks = SLICE_NONE;
	}
	plan->quarantine = false;
}

int
order_apply(struct mailbox *m, const struct order *o, struct folder *folder,
    struct err *err)
{
	struct slice fingerprint = slice_text(o->fingerprint);
	struct buf id = BUF_INIT;
	struct plan plan;
	int known;

	buf_append_text(&id, o->id);
	known = delivered_check(m, buf_slice(&id), fingerprint,
	    o->job->now_ms, err);
	if (known == DELIVERED_CONFLICT) {
		/* It was promised, so it is stored, by another name. */
		log_error("bug: id %s came with another fingerprint", o->id);
		buf_format(&id, " %s", o->fingerprint);
		known = delivered_check(m, buf_slice(&id), fingerprint,
		    o->job->now_ms, err);
	}
	if (known == DELIVERED_NO) {
		order_plan(o, &plan);
		if (store_new(m, o, &plan, folder, err) < 0 ||
		    delivered_add(m, buf_slice(&id), fingerprint,
		    o->job->now_ms, err) < 0)
			known = -1;
		plan_free(&plan);
	}
	buf_free(&id);
	return known;
}

/* ---- one mailbox ---- */

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

/* Commits, and tells who is over his quota now. */
static int
commit(struct handle *one, struct err *err)
{
	int64_t octets = 0;

	if (one->quota > 0 && mailbox_octets(one->mailbox, &octets, err) < 0)
		return -1;
	if (mailbox_commit(one->mailbox, err) < 0)
		return -1;
	one->dirty = true;
	tell_full(one, octets);
	return 0;
}

/* Reads the message of an order that is not in memory.  The order is as it
 * was when this fails. */
static int
order_load(struct delivery_journal *j, struct order *o, struct err *err)
{
	struct slice name = slice_text(o->mailbox);
	struct buf octets = BUF_INIT, json = BUF_INIT, message = BUF_INIT;
	struct journal_head *head = mem_alloc(sizeof(*head));
	unsigned char *entry_key = secret_alloc(KEY_SIZE);
	const struct journal_key *key;
	uint64_t offset = o->offset;
	int guard, result = -1;

	key = guarded_keys_get(&j->keys, name, BUSY_MS, &guard, err);
	if (key != NULL && segment_next(o->segment, &offset, &octets, head,
	    err) > 0 && o->index < head->orders_n &&
	    journal_order_open(head, o->index, o->segment->id, key, &json,
	    entry_key, err) == 0 &&
	    segment_read_message(o->segment, o->offset, head, entry_key,
	    &message, err) == 0)
		result = order_parse(o, buf_slice(&json), head, &message, err);
	if (guard >= 0)
		close(guard);
	secret_free(entry_key);
	free(head);
	buf_free(&octets);
	buf_wipe(&json);
	buf_free(&message);
	return result;
}

/* Orders that are loaded for this one transaction. */
static void
order_unload(struct order *o)
{
	job_release(o->job);
	o->job = NULL;
	o->content = NULL;
}

static int
apply_one(struct deliverer *d, struct handle *one, struct order *o,
    size_t *stored, struct err *err)
{
	const struct journal_key *key = mailbox_journal_key(one->mailbox);
	struct folder folder;
	bool loaded = o->job == NULL;
	int known;

	/* A mailbox of that name, but not the one it was promised to; or its
	 * key was renewed, which applied all that was promised before. */
	if (strcmp(o->mailbox_id, key->mailbox) != 0 ||
	    (loaded && strcmp(o->root, key->root) != 0))
		return 0;
	if (loaded && order_load(d->journal, o, err) < 0)
		return -1;
	known = order_apply(one->mailbox, o, &folder, err);
	if (known == DELIVERED_NO && o->content->parsed)
		++*stored;
	if (loaded)
		order_unload(o);
	return known < 0 ? -1 : 0;
}

static int
apply_within(struct deliverer *d, struct handle *one, struct order **orders,
    size_t n, struct err *err)
{
	size_t stored = 0;
	int result = 0;

	if (mailbox_begin(one->mailbox, MAILBOX_WRITE, err) < 0)
		return -1;
	for (size_t i = 0; i < n && result == 0; i++)
		result = apply_one(d, one, orders[i], &stored, err);
	if (result == 0)
		result = commit(one, err);
	mailbox_rollback(one->mailbox);
	if (result == 0)
		one->pending += (int64_t)stored;
	/* It is there: whatever failed, its mail is not to be given up. */
	else if (err->kind == ERR_USAGE)
		err->kind = ERR_SYSTEM;
	return result;
}

static void
done(struct order **orders, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		orders[i]->segment->open_orders--;
		order_free(orders[i]);
		orders[i] = NULL;
	}
}

/* All, or one by one where one of them spoils it; -1 where any is left. */
static int
apply_together(struct deliverer *d, struct slice name, struct order **orders,
    size_t n, struct err *err)
{
	struct handle *one = handles_get(d->handles, name, err);
	int result = -1;

	if (one != NULL) {
		mailbox_set_wait(one->mailbox, 0, BUSY_MS);
		result = apply_within(d, one, orders, n, err);
		if (result < 0)
			handles_drop(d->handles, one);
	}
	if (result == 0) {
		done(orders, n);
		return 0;
	}
	if (err->kind == ERR_USAGE) {
		/* Erased since: what was for it is noise without its keys. */
		log_info("the mailbox '%.*s' is gone, and %zu messages that "
		    "it had been promised", SLICE_ARG(name), n);
		err_clear(err);
		done(orders, n);
		return 0;
	}
	if (n == 1 || is_only_locked(err))
		return -1;
	result = 0;
	for (size_t i = 0; i < n; i++) {
		struct err one_err = ERR_INIT;

		if (apply_together(d, name, &orders[i], 1, &one_err) < 0) {
			*err = one_err;
			result = -1;
		}
	}
	return result;
}

/* ---- mailboxes that fail ---- */

static void
unstick(struct delivery_journal *j, struct slice mailbox)
{
	struct stuck *s = journal_stuck(j, mailbox);

	if (s == NULL)
		return;
	free(s->mailbox);
	*s = j->stuck[--j->stuck_n];
}

static void
stick(struct delivery_journal *j, struct slice mailbox, size_t n,
    const struct err *err)
{
	struct stuck *s = journal_stuck(j, mailbox);
	int64_t now_ms = clock_monotonic_ms(), most;

	if (s == NULL) {
		j->stuck = mem_array(j->stuck, j->stuck_n + 1,
		    sizeof(*j->stuck));
		s = &j->stuck[j->stuck_n++];
		*s = (struct stuck){.mailbox = mem_dup(mailbox.p, mailbox.n),
		    .pause_ms = PAUSE_MIN_MS / 2, .told_ms = -TELL_MS};
	}
	s->locked = is_only_locked(err);
	most = s->locked ? PAUSE_LOCKED_MAX_MS : PAUSE_MAX_MS;
	s->pause_ms = s->pause_ms * 2 < most ? s->pause_ms * 2 : most;
	s->retry_ms = now_ms + s->pause_ms;
	if (s->locked || now_ms - s->told_ms < TELL_MS)
		return;
	s->told_ms = now_ms;
	log_error("%zu messages for '%.*s' wait in the journal: %s", n,
	    SLICE_ARG(mailbox), err->text);
}

/* ---- all that waits ---- */

static bool
is_ripe(const struct delivery_journal *j, const struct order *o,
    int64_t now_ms)
{
	const struct stuck *s = journal_stuck(j, slice_text(o->mailbox));

	return s == NULL || s->retry_ms <= now_ms;
}

static int
compare_orders(const void *a, const void *b)
{
	const struct order *x = *(struct order *const *)a;
	const struct order *y = *(struct order *const *)b;
	int order = strcmp(x->mailbox, y->mailbox);

	if (order != 0)
		return order;
	return x->number < y->number ? -1 : x->number > y->number;
}

static size_t
count_together(struct order **orders, size_t n)
{
	size_t count = 0, octets = 0;

	while (count < n && count < TOGETHER_MAX &&
	    strcmp(orders[0]->mailbox, orders[count]->mailbox) == 0 &&
	    (count == 0 || octets < TOGETHER_OCTETS)) {
		octets += orders[count]->job == NULL ? JOURNAL_CHUNK :
		    orders[count]->job->body.n;
		count++;
	}
	return count;
}

static size_t
count_left(struct order **orders, size_t n)
{
	size_t left = 0;

	for (size_t i = 0; i < n; i++)
		left += orders[i] != NULL;
	return left;
}

static void
apply_mailbox(struct deliverer *d, struct order **orders, size_t n)
{
	struct delivery_journal *j = d->journal;
	char *name = mem_text(orders[0]->mailbox);
	struct err err = ERR_INIT;

	if (apply_together(d, slice_text(name), orders, n, &err) == 0)
		unstick(j, slice_text(name));
	else
		stick(j, slice_text(name), count_left(orders, n), &err);
	free(name);
}

static void
count_again(struct delivery_journal *j)
{
	size_t n = 0;

	j->octets = 0;
	for (size_t i = 0; i < j->orders_n; i++) {
		struct order *o = j->orders[i];

		if (o == NULL)
			continue;
		j->orders[n++] = o;
		j->octets += order_octets(o);
	}
	j->orders_n = n;
}

/* Of all mailboxes, or of the one. */
static void
apply_ripe(struct deliverer *d, struct slice mailbox)
{
	struct delivery_journal *j = d->journal;
	int64_t now_ms = clock_monotonic_ms();
	size_t n;

	if (j->orders_n > 0)
		qsort(j->orders, j->orders_n, sizeof(*j->orders),
		    compare_orders);
	for (size_t at = 0; at < j->orders_n; at += n) {
		n = count_together(&j->orders[at], j->orders_n - at);
		if ((mailbox.p == NULL ||
		    slice_is(mailbox, j->orders[at]->mailbox)) &&
		    is_ripe(j, j->orders[at], now_ms))
			apply_mailbox(d, &j->orders[at], n);
	}
	count_again(j);
}

void
deliver_apply_mailbox(struct deliverer *d, struct slice mailbox)
{
	apply_ripe(d, mailbox);
}

void
deliver_apply(struct deliverer *d)
{
	struct delivery_journal *j = d->journal;

	apply_ripe(d, SLICE_NONE);
	/* What is left is in the file as well. */
	for (size_t i = 0; i < j->orders_n && j->octets > 0; i++)
		if (j->orders[i]->job != NULL)
			order_unload(j->orders[i]);
	j->octets = 0;
	j->oldest_ms = -1;
}
