/* SPDX-License-Identifier: ISC */
/* What the journal holds, listed and written out. */
#include "journal_report.h"

#include "base/clock.h"
#include "base/io.h"
#include "base/json.h"
#include "base/log.h"
#include "record/render.h"
#include "replay.h"

struct report {
	bool json;
	int fd;
	const struct service_keys *service;
	struct record_writer writer;
	size_t failed;
};

static void
format_text(const struct journal_item *o, const char *time, struct buf *out)
{
	const struct journal_head_order *its = &o->head->orders[o->index];

	buf_format(out, "%s\t%lld\t%s\t%s\t%s\t%lld\t", o->segment->id,
	    (long long)o->head->sequence, time,
	    o->is_live ? "in hand" : "orphan", its->done ? "done" : "open",
	    (long long)o->head->content_n);
	render_safe(out, o->head->id);
	buf_append_char(out, '\t');
	render_safe(out, its->mailbox);
}

static void
format_json(const struct journal_item *o, const char *time, struct buf *out)
{
	const struct journal_head_order *its = &o->head->orders[o->index];
	struct json_writer w = JSON_WRITER(out);

	json_open_object(&w, NULL);
	json_put_text(&w, "segment", o->segment->id);
	json_put_integer(&w, "sequence", (int64_t)o->head->sequence);
	json_put_text(&w, "accepted", time);
	json_put_bool(&w, "in_hand", o->is_live);
	json_put_bool(&w, "done", its->done);
	json_put_integer(&w, "size", (int64_t)o->head->content_n);
	json_put_slice(&w, "id", o->head->id);
	json_put_slice(&w, "mailbox", its->mailbox);
	json_close_object(&w);
}

static int
list_one(void *context, const struct journal_item *o, struct err *err)
{
	const struct report *r = context;
	char time[CLOCK_TEXT_SIZE];
	struct buf line = BUF_INIT;
	int result;

	clock_rfc3339(o->head->time_ms, time);
	if (r->json)
		format_json(o, time, &line);
	else
		format_text(o, time, &line);
	buf_append_char(&line, '\n');
	result = io_write(r->fd, line.p, line.n);
	buf_free(&line);
	return result < 0 ? err_errno(err, "cannot write the list") : 0;
}

int
journal_list(bool json, int fd, struct err *err)
{
	struct report r = {.json = json, .fd = fd};

	return journal_walk(list_one, &r, err);
}

static int
export_one(void *context, const struct journal_item *o, struct err *err)
{
	struct report *r = context;
	const struct journal_head_order *its = &o->head->orders[o->index];
	struct err why = ERR_INIT;
	struct record *record;
	int result;

	if (its->done)
		return 0;
	record = replay_record(o, r->service, &why);
	if (record == NULL) {
		log_error("%.*s for '%.*s' cannot be written out: %s",
		    SLICE_ARG(o->head->id), SLICE_ARG(its->mailbox), why.text);
		r->failed++;
		return 0;
	}
	result = record_write(&r->writer, record, err);
	record_free(record);
	return result;
}

int
journal_export(const struct service_keys *service, int fd, struct err *err)
{
	struct report r = {.service = service};
	int result;

	record_writer_init(&r.writer, fd);
	result = journal_walk(export_one, &r, err);
	if (result == 0)
		result = record_write_mark(&r.writer, err);
	record_writer_free(&r.writer);
	if (result == 0 && r.failed > 0)
		result = err_set(err, ERR_CONFIG, "%zu messages of the journal "
		    "cannot be opened", r.failed);
	return result;
}
