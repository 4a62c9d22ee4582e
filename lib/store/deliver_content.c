/* SPDX-License-Identifier: ISC */
/*
 * The octets that a mailbox gets: the message with its header operations and
 * Return-Path, its index terms and summary (deliver_job.h).
 */
#include <stdlib.h>

#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "deliver_job.h"

/* What header operations may add to a message. */
#define HEADER_GROWTH_MAX ((size_t)2 << 20)

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
append_return_path(const struct delivery_job *job, struct buf *out)
{
	struct slice from = meta_at(job->meta, "envelope.from");
	struct buf path = BUF_INIT;

	if (json_string(from, &path) == 0) {
		/* Whatever the sender's name holds, it is one line. */
		for (size_t i = 0; i < path.n; i++)
			if ((unsigned char)path.p[i] < ' ')
				path.p[i] = '?';
		buf_append_text(out, "Return-Path: <");
		buf_append_slice(out, buf_slice(&path));
		buf_append_text(out, ">\r\n");
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
append_edited(struct delivery_content *c, struct slice body,
    const struct header_ops *ops)
{
	size_t before = c->octets.n;

	if (c->parsed && edit_pieces_apply(&c->indexed.edit, body, ops,
	    &c->octets) == 0)
		return;
	buf_truncate(&c->octets, before);
	append_prepended(&c->octets, ops);
	buf_append_slice(&c->octets, body);
}

static struct delivery_content *
find_content(const struct delivery_job *job, struct slice made_for)
{
	struct delivery_content *c = job->contents;

	while (c != NULL && !slice_equal(c->made_for, made_for))
		c = c->next;
	return c;
}

struct delivery_content *
content_make(struct deliverer *d, struct delivery_job *job,
    const struct plan *plan)
{
	struct header_ops ops = {record_ops(job), plan->headers};
	struct delivery_content *c = find_content(job, plan->headers);
	struct err err = ERR_INIT;

	if (c != NULL)
		return c;
	c = mem_zalloc(sizeof(*c));
	c->made_for = plan->headers;
	c->octets = (struct buf)BUF_LIMITED(job->body.n + HEADER_GROWTH_MAX);
	indexed_init(&c->indexed);
	c->parsed = indexer_run(d->indexer, job->body, &ops, &c->indexed,
	    &err) == 0;
	if (!c->parsed)
		log_warning("%.*s is stored without index terms (is:unparsed "
		    "finds it): %s", SLICE_ARG(meta_id(job->meta)), err.text);
	append_return_path(job, &c->octets);
	if (json_count(ops.record) + json_count(ops.entry) > 0)
		append_edited(c, job->body, &ops);
	else if (c->octets.n > 0)
		buf_append_slice(&c->octets, job->body);
	c->text = c->octets.n > 0 ? buf_slice(&c->octets) : job->body;
	c->terms = buf_slice(&c->indexed.terms);
	c->summary = buf_slice(&c->indexed.summary);
	c->next = job->contents;
	job->contents = c;
	return c;
}

void
content_free(struct delivery_content *c)
{
	while (c != NULL) {
		struct delivery_content *next = c->next;

		indexed_free(&c->indexed);
		buf_free(&c->octets);
		free(c);
		c = next;
	}
}
