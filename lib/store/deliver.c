/* SPDX-License-Identifier: ISC */
/*
 * Delivery of records.  The order within is: what each recipient's plan says,
 * then the message turned into terms and edited (by the indexer, once for all
 * who want the same), then one transaction a mailbox for all records that
 * wait, then who wants something of his own, then the mixed answers, then the
 * receipts.  No more than one mailbox is locked at a time.
 */
#include "deliver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "deliver_store.h"
#include "mail/address.h"
#include "plan.h"

/* What header operations may add to a message. */
#define HEADER_GROWTH_MAX ((size_t)2 << 20)

static void
set_status(struct outcome *o, enum delivery_status status, int code,
    const char *enhanced, const char *text)
{
	o->delivery.status = status;
	o->delivery.code = code;
	o->delivery.enhanced = slice_text(enhanced);
	o->delivery.text = SLICE_NONE;
	if (text == NULL)
		return;
	snprintf(o->text, sizeof(o->text), "%s", text);
	o->delivery.text = slice_text(o->text);
}

/* A mailbox that is not there is a permanent no; all else may pass. */
void
outcome_fail(struct outcome *o, const struct err *err)
{
	if (err->kind == ERR_USAGE)
		set_status(o, DELIVERY_FAILED, 550, "5.1.1",
		    "there is no such mailbox here");
	else if (strstr(err->text, "disk is full") != NULL)
		set_status(o, DELIVERY_DEFERRED, 452, "4.3.1",
		    "the disk is full");
	else
		set_status(o, DELIVERY_DEFERRED, 451, "4.3.0",
		    "the mailbox cannot be written now");
	if (err->kind != ERR_USAGE)
		log_error("delivery to '%.*s' is deferred: %s",
		    SLICE_ARG(o->delivery.mailbox), err->text);
}

void
outcome_set(struct outcome *o, enum delivery_status status,
    const char *folder)
{
	set_status(o, status, 0, NULL, NULL);
	o->delivery.folder = SLICE_NONE;
	if (folder == NULL)
		return;
	snprintf(o->folder, sizeof(o->folder), "%s", folder);
	o->delivery.folder = slice_text(o->folder);
}

void
outcome_conflict(struct outcome *o, const struct delivery_job *job)
{
	log_error("bug: id %.*s came with another fingerprint: not stored",
	    SLICE_ARG(meta_id(job->meta)));
	set_status(o, DELIVERY_FAILED, 554, "5.3.0",
	    "another message was delivered under this id");
}

/* Verdict text, code and enhanced code reach the client by the verdict in the
 * receipt (the whole record's) or here (a plan entry's). */
static void
outcome_refuse(struct outcome *o, const struct plan *plan)
{
	bool later = plan->verdict == VERDICT_TEMPFAIL;
	int64_t code = later ? 451 : 550;
	struct slice text = json_get(plan->verdict_raw, "text");
	struct slice enhanced = json_plain(json_get(plan->verdict_raw,
	    "enhanced"));
	struct buf decoded = BUF_INIT;

	(void)json_integer(json_get(plan->verdict_raw, "code"), &code);
	(void)json_string(text, &decoded);
	set_status(o, later ? DELIVERY_DEFERRED : DELIVERY_REJECTED, (int)code,
	    NULL, decoded.n > 0 ? buf_text(&decoded) : NULL);
	o->by_verdict = true;
	snprintf(o->enhanced, sizeof(o->enhanced), "%.*s",
	    SLICE_ARG(enhanced));
	o->delivery.enhanced = enhanced.n > 0 ? slice_text(o->enhanced) :
	    later ? SLICE("4.3.0") : SLICE("5.7.1");
	buf_free(&decoded);
}

static void
find_mailbox(const struct deliverer *d, const struct plan *plan,
    struct outcome *o)
{
	buf_reset(&o->mailbox);
	if (json_string(plan->mailbox, &o->mailbox) < 0)
		buf_append_slice(&o->mailbox, recipients_find(d->recipients,
		    buf_slice(&o->address), d->delimiter));
	if (o->mailbox.n > 0)
		o->delivery.mailbox = buf_slice(&o->mailbox);
}

static void
decide_one(const struct deliverer *d, struct delivery_job *job, size_t i,
    const struct plan *plan)
{
	struct outcome *o = &job->outcomes[i];

	if (plan->later && !job->warned) {
		job->warned = true;
		log_warning("%.*s: redirect, vacation and notify need a queue, "
		    "which is not here: the message is kept",
		    SLICE_ARG(meta_id(job->meta)));
	}
	find_mailbox(d, plan, o);
	if (plan->verdict == VERDICT_REJECT ||
	    plan->verdict == VERDICT_TEMPFAIL)
		outcome_refuse(o, plan);
	else if (plan->verdict == VERDICT_DISCARD)
		outcome_set(o, DELIVERY_DISCARDED, NULL);
	else if (o->address.n == 0)
		set_status(o, DELIVERY_FAILED, 550, "5.1.3",
		    "the record names no recipient (--rcpt does)");
	else if (o->mailbox.n == 0)
		set_status(o, DELIVERY_FAILED, 550, "5.1.1",
		    "there is no such address here");
	else if (plan->n == 0 && !plan->quarantine)
		outcome_set(o, DELIVERY_DISCARDED, NULL);
	else
		o->due = true;
}

/* The first who gets the message says how it is made; who wants it otherwise
 * is not stored together with others. */
static void
decide_all(struct deliverer *d, struct delivery_job *job)
{
	struct plan plan;

	for (size_t i = 0; i < job->n; i++) {
		struct outcome *o = &job->outcomes[i];

		plan_read(&plan, job->meta, i, job->now_ms);
		decide_one(d, job, i, &plan);
		if (o->due && !job->made)
			deliver_make_content(d, job, &plan);
		o->alone = plan.quarantine ||
		    !slice_equal(plan.headers, job->made_for);
		plan_free(&plan);
	}
}

static void
store_alone(struct deliverer *d, struct delivery_job *job, size_t i)
{
	struct outcome *o = &job->outcomes[i];
	struct plan plan;

	plan_read(&plan, job->meta, i, job->now_ms);
	job->recipient = i;
	deliver_store(d, job, &plan, o);
	o->due = false;
	plan_free(&plan);
}

/* ---- one mailbox after the other ---- */

/* All who are due. */
struct due {
	struct delivery_item *items;
	size_t n;
};

static struct due
due_list(struct delivery_job **jobs, size_t n)
{
	struct due due = {NULL, 0};
	size_t count = 0;

	for (size_t j = 0; j < n; j++)
		count += jobs[j]->n;
	due.items = mem_array(NULL, count + 1, sizeof(*due.items));
	for (size_t j = 0; j < n; j++)
		for (size_t i = 0; i < jobs[j]->n; i++) {
			if (!jobs[j]->outcomes[i].due)
				continue;
			due.items[due.n] = (struct delivery_item){jobs[j], i,
			    due.n};
			due.n++;
		}
	return due;
}

static struct outcome *
item_outcome(const struct delivery_item *item)
{
	return &item->job->outcomes[item->recipient];
}

static int
compare_mailboxes(const struct outcome *a, const struct outcome *b)
{
	if (a->alone != b->alone)
		return a->alone ? 1 : -1;
	if (a->mailbox.n != b->mailbox.n)
		return a->mailbox.n < b->mailbox.n ? -1 : 1;
	return memcmp(a->mailbox.p, b->mailbox.p, a->mailbox.n);
}

/* By mailbox, and within one in the order in which the records came. */
static int
compare_items(const void *a, const void *b)
{
	const struct delivery_item *x = a, *y = b;
	int order = compare_mailboxes(item_outcome(x), item_outcome(y));

	if (order == 0)
		order = x->order < y->order ? -1 : x->order > y->order;
	return order;
}

/* How many of the items go into one transaction. */
static size_t
count_together(const struct delivery_item *items, size_t n)
{
	const struct outcome *first = item_outcome(&items[0]);
	size_t count = 1;

	while (count < n && !first->alone &&
	    compare_mailboxes(first, item_outcome(&items[count])) == 0)
		count++;
	return count;
}

static void
store_due(struct deliverer *d, struct due *due)
{
	size_t n;

	qsort(due->items, due->n, sizeof(*due->items), compare_items);
	for (size_t at = 0; at < due->n; at += n) {
		const struct delivery_item *items = &due->items[at];

		n = count_together(items, due->n - at);
		if (n > 1 && deliver_store_together(d, items, n))
			continue;
		for (size_t i = 0; i < n; i++)
			store_alone(d, items[i].job, items[i].recipient);
	}
}

static void
keep_in_junk(struct deliverer *d, struct delivery_job *job, size_t i)
{
	struct plan plan;

	plan_read(&plan, job->meta, i, job->now_ms);
	plan_into_junk(&plan);
	plan.quarantine = false;
	job->recipient = i;
	deliver_store(d, job, &plan, &job->outcomes[i]);
	plan_free(&plan);
}

/* Some done, some no, and the client can be told one thing (fe-record(5)).
 * There is no queue for a DSN, so the message itself goes into the Junk of who
 * said no.  Where his mailbox is gone the client must come again: its next try
 * is refused at RCPT. */
static void
mend_mixed(struct deliverer *d, struct delivery_job *job)
{
	bool has_client = meta_get(job->meta, "client").p != NULL;
	bool done = false;

	for (size_t i = 0; i < job->n; i++)
		done |= delivery_outcome(job->outcomes[i].delivery.status) ==
		    DELIVERY_DONE;
	for (size_t i = 0; i < job->n && done; i++) {
		struct outcome *o = &job->outcomes[i];

		if (o->delivery.status == DELIVERY_REJECTED &&
		    o->mailbox.n > 0)
			keep_in_junk(d, job, i);
		if (has_client && delivery_outcome(o->delivery.status) ==
		    DELIVERY_NO)
			set_status(o, DELIVERY_DEFERRED, 451, "4.2.1",
			    "not for all of the recipients yet");
	}
}

static void
deliver_final(struct delivery_job *job, enum verdict_action action)
{
	struct plan plan = {.verdict = action,
	    .verdict_raw = meta_get(job->meta, "verdict")};

	for (size_t i = 0; i < job->n; i++)
		if (action == VERDICT_DISCARD)
			outcome_set(&job->outcomes[i], DELIVERY_DISCARDED,
			    NULL);
		else
			outcome_refuse(&job->outcomes[i], &plan);
}

static void
read_recipients(struct delivery_job *job)
{
	struct json_walk walk = json_walk(meta_at(job->meta, "envelope.to"));
	struct slice item;

	job->n = json_count(meta_at(job->meta, "envelope.to"));
	if (job->n > DELIVER_RECIPIENTS_MAX)
		job->n = DELIVER_RECIPIENTS_MAX;
	/* A message for nobody must not look like one that was stored. */
	if (job->n == 0)
		job->n = 1;
	job->outcomes = mem_zalloc(job->n * sizeof(*job->outcomes));
	for (size_t i = 0; i < job->n; i++) {
		struct outcome *o = &job->outcomes[i];

		o->address = (struct buf)BUF_LIMITED(ADDRESS_SIZE_MAX * 4);
		o->mailbox = (struct buf)BUF_LIMITED(ADDRESS_SIZE_MAX * 4);
		if (json_next(&walk, NULL, &item))
			(void)json_string(json_get(item, "address"),
			    &o->address);
		o->delivery.address = slice_text(buf_text(&o->address));
	}
}

static void
log_outcome(const struct delivery_job *job, const struct outcome *o)
{
	struct log_event e;

	log_event_begin(&e, LOG_INFO, "delivery");
	log_event_text(&e, "id", meta_id(job->meta));
	log_event_address(&e, "recipient", o->delivery.address);
	log_event_text(&e, "status",
	    slice_text(delivery_status_name(o->delivery.status)));
	log_event_number(&e, "size", (int64_t)job->body.n);
	log_event_end(&e);
}

static void
job_free(struct delivery_job *job)
{
	for (size_t i = 0; i < job->n; i++) {
		buf_free(&job->outcomes[i].address);
		buf_free(&job->outcomes[i].mailbox);
	}
	free(job->outcomes);
	indexed_free(&job->indexed);
	buf_free(&job->content);
	buf_free(&job->ops);
	record_free(job->record);
	free(job);
}

struct delivery_job *
deliver_prepare(struct deliverer *d, struct record *r)
{
	struct delivery_job *job = mem_zalloc(sizeof(*job));
	enum verdict_action action = verdict_action(meta_get(&r->meta,
	    "verdict"));

	job->record = r;
	job->meta = &r->meta;
	job->body = buf_slice(&r->body);
	job->now_ms = clock_now_ms();
	job->content = (struct buf)BUF_LIMITED(r->body.n + HEADER_GROWTH_MAX);
	job->ops = (struct buf)BUF_INIT;
	indexed_init(&job->indexed);
	read_recipients(job);
	if (verdict_is_final(action))
		deliver_final(job, action);
	else
		decide_all(d, job);
	job->is_final = verdict_is_final(action);
	return job;
}

void
deliver_commit(struct deliverer *d, struct delivery_job **jobs, size_t n)
{
	struct due due = due_list(jobs, n);

	store_due(d, &due);
	free(due.items);
	for (size_t i = 0; i < n; i++)
		if (!jobs[i]->is_final)
			mend_mixed(d, jobs[i]);
}

struct record *
deliver_receipt(struct delivery_job *job, enum delivery_outcome *worst)
{
	struct delivery *items = mem_array(NULL, job->n, sizeof(*items));
	struct record *receipt;

	if (worst != NULL)
		*worst = DELIVERY_DONE;
	for (size_t i = 0; i < job->n; i++) {
		const struct outcome *o = &job->outcomes[i];
		enum delivery_outcome now;

		log_outcome(job, o);
		items[i] = o->delivery;
		now = delivery_outcome(o->delivery.status);
		if (worst != NULL && now > *worst && !o->by_verdict)
			*worst = now;
	}
	receipt = receipt_new(job->meta, items, job->n);
	free(items);
	job_free(job);
	return receipt;
}
