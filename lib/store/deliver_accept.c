/* SPDX-License-Identifier: ISC */
/*
 * What is due, into the journal: known already or not, then an entry for each
 * message, then one sync for all of them, and only then is it said to be
 * stored.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/mem.h"
#include "deliver_job.h"
#include "delivered.h"

/* Guards held at once (a descriptor each); then a sync comes in between. */
#define GUARDS_MAX 200

struct accepting {
	struct deliverer *d;
	struct guard {
		char *mailbox;
		int fd;
	} guards[GUARDS_MAX];
	size_t guards_n;
	struct order_list now;    /* of the record in hand, to be written */
	struct order_list orders; /* written, and not yet synced */
};

static struct outcome *
order_outcome(const struct order *o)
{
	return &o->job->outcomes[o->recipient];
}

/* ---- orders ---- */

static int
refuse_stuck(const struct deliverer *d, struct slice mailbox, struct err *err)
{
	const struct stuck *s = journal_stuck(d->journal, mailbox);

	if (s == NULL || s->locked)
		return 0;
	return err_set(err, ERR_SYSTEM, "earlier messages for it still wait "
	    "in the journal");
}

/* The first message that is quarantined makes the quarantine. */
static int
make_quarantine(const struct deliverer *d, struct err *err)
{
	struct mailbox_keys keys = MAILBOX_KEYS_INIT;
	struct buf path = BUF_INIT;
	int result = 0;

	if (access(mailbox_path(&path, SLICE(MAILBOX_QUARANTINE),
	    MAILBOX_KEYS, err), F_OK) < 0) {
		result = mailbox_keys_make(&keys, d->service, err);
		if (result == 0)
			result = mailbox_create(SLICE(MAILBOX_QUARANTINE),
			    &keys, err);
		/* Another process was first. */
		if (result < 0 && err->kind == ERR_USAGE) {
			err_clear(err);
			result = 0;
		}
	}
	mailbox_keys_free(&keys);
	buf_free(&path);
	return result;
}

static struct order *
order_new(struct delivery_job *job, size_t recipient, bool quarantine)
{
	struct order *o = mem_zalloc(sizeof(*o));
	const struct outcome *outcome = &job->outcomes[recipient];

	o->job = job;
	o->content = outcome->content;
	o->recipient = recipient;
	o->quarantine = quarantine;
	o->junk = outcome->junk;
	o->settled = mem_text(outcome->settled);
	o->mailbox = quarantine ? mem_text(MAILBOX_QUARANTINE) :
	    mem_dup(outcome->mailbox.p, outcome->mailbox.n);
	order_name(o, job, outcome);
	job->users++;
	return o;
}

/* An order to be written, or NULL where the outcome is settled: known
 * already, or it cannot be taken. */
static struct order *
order_make(struct accepting *a, struct delivery_job *job, size_t recipient,
    bool quarantine)
{
	struct outcome *outcome = &job->outcomes[recipient];
	struct order *o = order_new(job, recipient, quarantine);
	struct err err = ERR_INIT;
	int known = -1;

	if (refuse_stuck(a->d, slice_text(o->mailbox), &err) == 0 &&
	    (!quarantine || make_quarantine(a->d, &err) == 0))
		known = order_find_known(a->d, o,
		    (const struct order_list *[]){&a->now, &a->orders}, 2,
		    outcome, &err);
	if (known == DELIVERED_NO)
		return o;
	/* Absence of the quarantine is nobody's 5.1.1. */
	if (quarantine && err.kind == ERR_USAGE)
		err.kind = ERR_SYSTEM;
	if (known < 0)
		outcome_fail(outcome, &err);
	else if (known == DELIVERED_CONFLICT)
		outcome_conflict(outcome, job);
	else
		outcome_set(outcome, DELIVERY_DUPLICATE, NULL);
	outcome->due = false;
	order_free(o);
	return NULL;
}

/* ---- one entry ---- */

static void
release_guards(struct accepting *a)
{
	for (size_t i = 0; i < a->guards_n; i++) {
		close(a->guards[i].fd);
		free(a->guards[i].mailbox);
	}
	a->guards_n = 0;
}

/* The journal key of a mailbox, under a guard that we hold until the sync. */
static const struct journal_key *
take_key(struct accepting *a, const char *mailbox, int64_t wait_ms,
    struct err *err)
{
	int fd;
	const struct journal_key *key = guarded_keys_get(&a->d->journal->keys,
	    slice_text(mailbox), wait_ms, &fd, err);

	if (key == NULL)
		return NULL;
	for (size_t i = 0; i < a->guards_n; i++)
		if (strcmp(a->guards[i].mailbox, mailbox) == 0) {
			close(fd);
			return key;
		}
	a->guards[a->guards_n++] = (struct guard){mem_text(mailbox), fd};
	return key;
}

static uint64_t
journal_octets(const struct delivery_journal *j)
{
	uint64_t octets = j->current == NULL ? 0 : j->current->written;

	for (size_t i = 0; i < j->kept_n; i++)
		octets += j->kept[i]->written;
	return octets;
}

static int
write_entry(struct accepting *a, struct order **orders, size_t n,
    const struct journal_order *forms, struct err *err)
{
	struct delivery_journal *j = a->d->journal;
	const struct delivery_job *job = orders[0]->job;
	struct buf fingerprint = BUF_INIT;
	struct journal_message message = {.id = meta_id(job->meta),
	    .content = orders[0]->content->text,
	    .terms = orders[0]->content->terms,
	    .summary = orders[0]->content->summary,
	    .parsed = orders[0]->content->parsed};
	uint64_t offset;
	int result = -1;

	if ((int64_t)journal_octets(j) > a->d->journal_max)
		return err_set(err, ERR_SYSTEM, "the journal holds %lld "
		    "octets that wait for their mailboxes (--journal-max)",
		    (long long)journal_octets(j));
	if (j->current == NULL)
		j->current = segment_make(err);
	if (json_string(meta_get(job->meta, "fingerprint"),
	    &fingerprint) == 0)
		message.fingerprint = slice_part(buf_slice(&fingerprint), 0,
		    255);
	if (j->current != NULL)
		result = segment_append(j->current, &message, forms, n,
		    job->now_ms, &offset, err);
	for (size_t i = 0; i < n && result == 0; i++) {
		orders[i]->segment = j->current;
		orders[i]->offset = offset;
		orders[i]->index = i;
	}
	buf_free(&fingerprint);
	return result;
}

static int64_t
guard_wait_ms(const struct deliverer *d, const struct delivery_job *job)
{
	int64_t deadline_ms = meta_deadline_ms(job->meta);
	int64_t left_ms = deadline_ms - job->now_ms;

	if (deadline_ms < 0 || left_ms > d->wait_ms)
		return d->wait_ms;
	return left_ms > 0 ? left_ms : 0;
}

static void
fail_order(struct order *o, const struct err *err)
{
	outcome_fail(order_outcome(o), err);
	order_outcome(o)->due = false;
	order_free(o);
}

/* At most JOURNAL_ORDERS_MAX orders of one content. */
static void
accept_entry(struct accepting *a, struct order **orders, size_t n)
{
	struct journal_order forms[JOURNAL_ORDERS_MAX];
	struct buf texts[JOURNAL_ORDERS_MAX];
	size_t taken = 0;
	struct err err = ERR_INIT;

	for (size_t i = 0; i < n; i++) {
		const struct journal_key *key = take_key(a, orders[i]->mailbox,
		    guard_wait_ms(a->d, orders[i]->job), &err);

		if (key == NULL) {
			fail_order(orders[i], &err);
			err_clear(&err);
			continue;
		}
		memcpy(orders[i]->mailbox_id, key->mailbox, KEY_ID_SIZE);
		memcpy(orders[i]->root, key->root, KEY_ID_SIZE);
		texts[taken] = (struct buf)BUF_INIT;
		order_format(orders[i], &texts[taken]);
		forms[taken] = (struct journal_order){
		    slice_text(orders[i]->mailbox), key,
		    buf_slice(&texts[taken])};
		orders[taken++] = orders[i];
	}
	if (taken > 0 && write_entry(a, orders, taken, forms, &err) < 0)
		for (size_t i = 0; i < taken; i++) {
			fail_order(orders[i], &err);
			orders[i] = NULL;
		}
	a->orders.items = mem_array(a->orders.items, a->orders.n + taken + 1,
	    sizeof(*a->orders.items));
	for (size_t i = 0; i < taken; i++) {
		buf_free(&texts[i]);
		if (orders[i] != NULL)
			a->orders.items[a->orders.n++] = orders[i];
	}
}

/* ---- the sync ---- */

/* What was written is durable, or nobody is told that it is there. */
static void
settle(struct accepting *a)
{
	struct delivery_journal *j = a->d->journal;
	struct err err = ERR_INIT;
	bool is_durable = a->orders.n == 0 ||
	    segment_sync(j->current, &err) == 0;

	for (size_t i = 0; i < a->orders.n; i++) {
		struct order *o = a->orders.items[i];
		struct outcome *outcome = order_outcome(o);

		if (!is_durable) {
			fail_order(o, &err);
			continue;
		}
		if (o->quarantine && !outcome->keeps)
			outcome_set(outcome, DELIVERY_QUARANTINED, "INBOX");
		else if (!outcome->keeps && !outcome->junk)
			outcome_set(outcome, DELIVERY_DISCARDED, NULL);
		else
			outcome_set(outcome, DELIVERY_STORED, outcome->folder);
		o->segment->open_orders++;
		journal_add_order(j, o);
	}
	a->orders.n = 0;
	release_guards(a);
	if (j->current != NULL && j->current->failed)
		journal_keep_current(j);
}

/* ---- one record ---- */

static void
add_order(struct accepting *a, struct order *o)
{
	if (o == NULL)
		return;
	a->now.items = mem_array(a->now.items, a->now.n + 1,
	    sizeof(*a->now.items));
	a->now.items[a->now.n++] = o;
}

/* Whoever's plan wants the same content shares an entry. */
static void
accept_content(struct accepting *a, struct delivery_job *job,
    const struct delivery_content *c)
{
	size_t n, part;

	for (size_t i = 0; i < job->n; i++) {
		struct outcome *o = &job->outcomes[i];

		if (!o->due || o->content != c)
			continue;
		if (o->quarantines && !o->junk)
			add_order(a, order_make(a, job, i, true));
		if (o->due && (o->keeps || o->junk || !o->quarantines))
			add_order(a, order_make(a, job, i, false));
	}
	n = a->now.n;
	a->now.n = 0;
	for (size_t at = 0; at < n; at += part) {
		part = n - at < JOURNAL_ORDERS_MAX ? n - at :
		    JOURNAL_ORDERS_MAX;
		if (a->guards_n + part > GUARDS_MAX)
			settle(a);
		accept_entry(a, &a->now.items[at], part);
	}
}

/* What only the mailbox knows, asked of it: all that was accepted for it
 * before is applied first.  One that cannot be asked now answers no, which
 * keeps the message. */
static void
ask_mailbox(struct accepting *a, struct delivery_job *job, size_t i)
{
	struct deliverer *d = a->d;
	struct outcome *o = &job->outcomes[i];
	struct plan plan, settled;
	struct slice one = SLICE_NONE;
	struct err err = ERR_INIT;
	struct handle *handle;
	int got = 0;

	settle(a);
	deliver_apply_mailbox(d, buf_slice(&o->mailbox));
	plan_read(&plan, job->meta, i, job->now_ms);
	handle = handles_get(d->handles, buf_slice(&o->mailbox), &err);
	if (handle != NULL) {
		mailbox_set_wait(handle->mailbox, LOOK_MS, LOOK_BUSY_MS);
		if (mailbox_begin(handle->mailbox, MAILBOX_READ, &err) == 0)
			got = plan_find_case(&plan, handle->mailbox,
			    job->now_ms, &one, &err);
		mailbox_rollback(handle->mailbox);
	}
	if (got > 0) {
		plan_take_case(&settled, &plan, one, job->meta);
		plan_free(&plan);
		plan = settled;
		o->settled = mem_dup(one.p, one.n);
		outcome_plan(o, &plan);
		o->content = content_make(d, job, &plan);
		if (plan_is_nothing(&plan)) {
			outcome_set(o, DELIVERY_DISCARDED, NULL);
			o->due = false;
		}
	}
	job_warn(job, &plan);
	plan_free(&plan);
}

static void
settle_cases(struct accepting *a, struct delivery_job *job)
{
	for (size_t i = 0; i < job->n; i++) {
		struct outcome *o = &job->outcomes[i];
		struct order *known;

		if (!o->due || !o->asks || o->junk)
			continue;
		/* Its own marks must not count against one that comes
		 * again. */
		known = order_make(a, job, i, false);
		order_free(known);
		if (known != NULL)
			ask_mailbox(a, job, i);
	}
}

static void
accept_due(struct accepting *a, struct delivery_job *job)
{
	settle_cases(a, job);
	for (const struct delivery_content *c = job->contents; c != NULL;
	     c = c->next)
		accept_content(a, job, c);
	for (size_t i = 0; i < job->n; i++)
		job->outcomes[i].due = false;
}

/* Some done, some no, and the client can be told one thing (fe-record(5)).
 * There is no queue for a DSN, so the message itself goes into the Junk of who
 * said no.  Where his mailbox is gone the client must come again: its next try
 * is refused at RCPT. */
static void
accept_mixed(struct accepting *a, struct delivery_job *job)
{
	struct plan plan;
	bool done = false;

	for (size_t i = 0; i < job->n; i++)
		done |= delivery_outcome(job->outcomes[i].delivery.status) ==
		    DELIVERY_DONE;
	for (size_t i = 0; i < job->n && done; i++) {
		struct outcome *o = &job->outcomes[i];

		if (o->delivery.status != DELIVERY_REJECTED ||
		    o->mailbox.n == 0)
			continue;
		o->due = o->junk = true;
		o->by_verdict = false;
		plan_read(&plan, job->meta, i, job->now_ms);
		o->content = content_make(a->d, job, &plan);
		plan_free(&plan);
		memcpy(o->folder, "Junk", sizeof("Junk"));
		o->creates = true;
	}
	if (done)
		accept_due(a, job);
}

static void
mend_mixed(struct delivery_job *job)
{
	bool has_client = meta_get(job->meta, "client").p != NULL;
	bool done = false;

	for (size_t i = 0; i < job->n; i++)
		done |= delivery_outcome(job->outcomes[i].delivery.status) ==
		    DELIVERY_DONE;
	for (size_t i = 0; i < job->n && done && has_client; i++)
		if (delivery_outcome(job->outcomes[i].delivery.status) ==
		    DELIVERY_NO)
			outcome_defer(&job->outcomes[i], 451, "4.2.1",
			    "not for all of the recipients yet");
}

void
deliver_accept(struct deliverer *d, struct delivery_job **jobs, size_t n)
{
	struct accepting a = {.d = d};

	for (size_t i = 0; i < n; i++)
		if (!jobs[i]->is_final)
			accept_due(&a, jobs[i]);
	settle(&a);
	for (size_t i = 0; i < n; i++)
		if (!jobs[i]->is_final && jobs[i]->n > 1)
			accept_mixed(&a, jobs[i]);
	settle(&a);
	for (size_t i = 0; i < n; i++)
		if (!jobs[i]->is_final)
			mend_mixed(jobs[i]);
	free(a.orders.items);
	free(a.now.items);
}
