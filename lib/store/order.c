/* SPDX-License-Identifier: ISC */
/*
 * An order as the journal has it: all that a mailbox needs to know of a
 * record but the message, and of the recipients only its owner, so that he
 * who opens it learns of nobody else.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "deliver_job.h"
#include "kept_meta.h"

void
order_free(struct order *o)
{
	if (o == NULL)
		return;
	if (o->job != NULL)
		job_release(o->job);
	free(o->mailbox);
	free(o->id);
	free(o->fingerprint);
	free(o->settled);
	free(o);
}

static char *
name_with(struct slice text, const struct order *o,
    const struct outcome *outcome)
{
	struct buf name = BUF_INIT;

	if (text.n == 0)
		return NULL;
	buf_append_slice(&name, text);
	if (o->quarantine)
		buf_format(&name, " %s", buf_text(&outcome->address));
	return buf_take(&name, NULL);
}

void
order_name(struct order *o, const struct delivery_job *job,
    const struct outcome *outcome)
{
	struct buf fingerprint = BUF_INIT;

	(void)json_string(meta_get(job->meta, "fingerprint"), &fingerprint);
	o->id = name_with(meta_id(job->meta), o, outcome);
	o->fingerprint = name_with(buf_slice(&fingerprint), o, outcome);
	buf_free(&fingerprint);
}

void
order_format(const struct order *o, struct buf *out)
{
	const struct delivery_job *job = o->job;
	struct json_writer w = JSON_WRITER(out);
	struct buf meta = BUF_LIMITED(META_SIZE_MAX);
	struct slice source = meta_get(job->meta, "source");
	struct slice entry = plan_entry(job->meta, o->recipient);

	json_open_object(&w, NULL);
	json_put_integer(&w, "at", job->now_ms);
	json_put_integer(&w, "keep_meta", job->keep_meta_ms);
	json_put_bool(&w, "quarantine", o->quarantine);
	json_put_bool(&w, "junk", o->junk);
	json_put_slice(&w, "address",
	    buf_slice(&job->outcomes[o->recipient].address));
	if (source.p != NULL)
		json_put_raw(&w, "source", source);
	if (entry.p != NULL)
		json_put_raw(&w, "entry", entry);
	if (o->settled != NULL)
		json_put_raw(&w, "case", slice_text(o->settled));
	if (kept_meta_format(job->meta, o->recipient, &meta) == 0)
		json_put_raw(&w, "meta", buf_slice(&meta));
	json_close_object(&w);
	buf_free(&meta);
}

static struct delivery_content *
content_of(const struct journal_head *head, struct buf *message)
{
	struct delivery_content *c = mem_zalloc(sizeof(*c));
	struct slice rest;

	indexed_init(&c->indexed);
	c->octets = *message;
	*message = (struct buf)BUF_INIT;
	rest = buf_slice(&c->octets);
	c->parsed = head->parsed;
	c->text = slice_part(rest, 0, head->content_n);
	rest = slice_part(rest, head->content_n, rest.n);
	c->terms = slice_part(rest, 0, head->terms_n);
	c->summary = slice_part(rest, head->terms_n, rest.n);
	return c;
}

static void
set_recipient(struct delivery_job *job, struct slice json,
    struct slice mailbox)
{
	struct outcome *o = mem_zalloc(sizeof(*o));

	o->address = (struct buf)BUF_INIT;
	o->mailbox = (struct buf)BUF_INIT;
	(void)json_string(json_get(json, "address"), &o->address);
	buf_append_slice(&o->mailbox, mailbox);
	job->outcomes = o;
	job->n = 1;
}

/* As it was, with what is not kept of it. */
static void
set_entry(struct meta *meta, struct slice entry)
{
	struct buf plan = BUF_INIT;

	if (entry.p == NULL)
		return;
	buf_append_char(&plan, '[');
	buf_append_slice(&plan, entry);
	buf_append_char(&plan, ']');
	meta_set(meta, "plan", buf_slice(&plan));
	buf_free(&plan);
}

int
order_parse(struct order *o, struct slice json,
    const struct journal_head *head, struct buf *message, struct err *err)
{
	struct record *r;
	struct slice source, settled;

	if (json_check(json, err) < 0)
		return err_prefix(err, "an order of the journal");
	r = record_new();
	meta_free(&r->meta);
	if (meta_parse(&r->meta, json_get(json, "meta"), err) < 0) {
		/* The order was too large to keep what was known. */
		meta_init(&r->meta);
		meta_set_text(&r->meta, "id", head->id);
		err_clear(err);
	}
	source = json_get(json, "source");
	if (source.p != NULL)
		meta_set(&r->meta, "source", source);
	set_entry(&r->meta, json_get(json, "entry"));
	o->job = mem_zalloc(sizeof(*o->job));
	o->job->users = 1;
	o->job->record = r;
	o->job->meta = &r->meta;
	o->job->ops = (struct buf)BUF_INIT;
	(void)json_integer(json_get(json, "at"), &o->job->now_ms);
	(void)json_integer(json_get(json, "keep_meta"),
	    &o->job->keep_meta_ms);
	o->job->contents = content_of(head, message);
	o->content = o->job->contents;
	o->job->body = o->content->text;
	o->quarantine = json_is_true(json_get(json, "quarantine"));
	o->junk = json_is_true(json_get(json, "junk"));
	settled = json_get(json, "case");
	if (settled.p != NULL && o->settled == NULL)
		o->settled = mem_dup(settled.p, settled.n);
	o->recipient = 0;
	set_recipient(o->job, json, slice_text(o->mailbox));
	if (o->id == NULL)
		order_name(o, o->job, &o->job->outcomes[0]);
	return 0;
}
