/* SPDX-License-Identifier: ISC */
/*
 * What becomes of a record for each of its recipients: what the plans say,
 * what is to be stored, and the receipt (deliver.h).  deliver_accept.c has the
 * journal's part, deliver_apply.c the mailboxes'.
 */
#include "deliver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "deliver_job.h"
#include "mail/address.h"
#include "plan.h"

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
	else if (strstr(err->text, "--journal-max") != NULL)
		set_status(o, DELIVERY_DEFERRED, 452, "4.3.1",
		    "too much waits for its mailboxes");
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
	if (folder != o->folder)
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

void
outcome_defer(struct outcome *o, int code, const char *enhanced,
    const char *text)
{
	set_status(o, DELIVERY_DEFERRED, code, enhanced, text);
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

void
job_warn(struct delivery_job *job, const struct plan *plan)
{
	if (!plan->later || job->warned)
		return;
	job->warned = true;
	log_warning("%.*s: redirect, vacation and notify need a queue, which "
	    "is not here: the message is kept",
	    SLICE_ARG(meta_id(job->meta)));
}

void
outcome_plan(struct outcome *o, const struct plan *plan)
{
	o->keeps = plan->n > 0;
	o->quarantines = plan->quarantine;
	o->folder[0] = '\0';
	if (plan->n == 0)
		return;
	snprintf(o->folder, sizeof(o->folder), "%s", plan->targets[0].folder);
	o->creates = plan->targets[0].create;
}

static void
decide_one(const struct deliverer *d, struct delivery_job *job, size_t i,
    const struct plan *plan)
{
	struct outcome *o = &job->outcomes[i];

	o->asks = json_count(plan->cases) > 0;
	if (!o->asks)
		job_warn(job, plan);
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
	else if (plan_is_nothing(plan))
		outcome_set(o, DELIVERY_DISCARDED, NULL);
	else
		o->due = true;
	outcome_plan(o, plan);
}

static void
decide_all(struct deliverer *d, struct delivery_job *job)
{
	struct plan plan;

	for (size_t i = 0; i < job->n; i++) {
		struct outcome *o = &job->outcomes[i];

		plan_read(&plan, job->meta, i, job->now_ms);
		decide_one(d, job, i, &plan);
		if (o->due)
			o->content = content_make(d, job, &plan);
		plan_free(&plan);
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

void
job_release(struct delivery_job *job)
{
	if (--job->users > 0)
		return;
	for (size_t i = 0; i < job->n; i++) {
		buf_free(&job->outcomes[i].address);
		buf_free(&job->outcomes[i].mailbox);
		free(job->outcomes[i].settled);
	}
	free(job->outcomes);
	content_free(job->contents);
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
	job->keep_meta_ms = d->keep_meta_ms;
	job->users = 1;
	job->ops = (struct buf)BUF_INIT;
	read_recipients(job);
	job->is_final = verdict_is_final(action);
	if (job->is_final)
		deliver_final(job, action);
	else
		decide_all(d, job);
	return job;
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
	job_release(job);
	return receipt;
}
