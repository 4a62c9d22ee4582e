/* SPDX-License-Identifier: ISC */
/*
 * The pipelines of a pool: who gets which record, and what becomes of the
 * records of one that dies.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/process.h"
#include "record/pool_state.h"
#include "record/receipt.h"

#define DEATHS_MAX 2 /* a record that was in hand at two is suspect */
#define RESTART_FIRST_MS 100 /* a pipeline that dies at once: wait */
#define RESTART_MAX_MS 30000
#define LIVED_MS 1000 /* less and no answer: it died at once */

void
pool_forget(struct pool *pool, struct pool_item *item)
{
	pool->in_hand--;
	pool->held -= item->held;
	pool_ids_remove(&pool->ids, item);
	pool_item_free(item);
}

void
pool_answer(struct pool_item *item, const struct record *answer)
{
	if (item->owner != NULL)
		pool_client_answer(item->owner, answer);
	item->owner = NULL;
}

void
pool_defer(struct pool *pool, struct pool_item *item, const char *text)
{
	struct record *answer;

	pool->deferred++;
	if (item->owner == NULL)
		return;
	answer = receipt_deferral(&item->record->meta, "4.3.2", text);
	pool_answer(item, answer);
	record_free(answer);
}

void
pool_start_worker(struct pool *pool, struct worker *w)
{
	struct err err = ERR_INIT;

	w->restart = false;
	w->alone = NULL;
	if (resident_start(&w->pipeline, pool->conf->argv,
		pool->conf->size_max, &err) == 0)
		return;
	log_error("%s", err.text);
	w->delay_ms = RESTART_MAX_MS;
	w->start_at_ms = clock_monotonic_ms() + w->delay_ms;
}

static void
blame_item(struct pool *pool, struct pool_item *item)
{
	struct pool_item **end = &pool->suspects;
	struct log_event e;

	item->deaths++;
	if (item->deaths < DEATHS_MAX) {
		while (*end != NULL)
			end = &(*end)->next;
		item->next = NULL;
		*end = item;
		return;
	}
	log_error("record %.*s killed a pipeline %u times: answered 451",
	    SLICE_ARG(meta_id(&item->record->meta)), item->deaths);
	log_event_begin(&e, LOG_ERROR, "suspect");
	log_event_text(&e, "id", meta_id(&item->record->meta));
	log_event_number(&e, "deaths", item->deaths);
	log_event_end(&e);
	pool_defer(pool, item, "the message cannot be worked on now");
	pool_forget(pool, item);
}

static void
set_delay(struct worker *w, int64_t lived_ms, int64_t answered)
{
	if (lived_ms >= LIVED_MS || answered > 0)
		w->delay_ms = 0;
	else if (w->delay_ms == 0)
		w->delay_ms = RESTART_FIRST_MS;
	else if (w->delay_ms < RESTART_MAX_MS / 2)
		w->delay_ms *= 2;
	else
		w->delay_ms = RESTART_MAX_MS;
	w->start_at_ms = clock_monotonic_ms() + w->delay_ms;
}

void
pool_stop_worker(struct pool *pool, struct worker *w, const char *why)
{
	int64_t lived = clock_monotonic_ms() - w->pipeline.started_ms;
	int64_t answered = w->pipeline.answered;
	bool expected = w->pipeline.ending && w->pipeline.owed == NULL;
	pid_t pid = w->pipeline.pid;
	struct pool_item *owed, *next;
	char text[64];
	int status;

	owed = resident_stop(&w->pipeline, &status);
	w->alone = NULL;
	if (expected && status == 0) {
		w->delay_ms = 0;
		w->start_at_ms = 0;
	} else {
		pool->deaths++;
		log_warning("pipeline %d %s (%s)", (int)pid, why,
		    process_status_text(status, text));
		set_delay(w, lived, answered);
	}
	for (; owed != NULL; owed = next) {
		next = owed->next;
		if (owed->owner != NULL) {
			blame_item(pool, owed);
			continue;
		}
		/* answered deferred, or its client gone: who wants it sends
		 * it again */
		log_warning("record %.*s was in its hand",
		    SLICE_ARG(meta_id(&owed->record->meta)));
		pool_forget(pool, owed);
	}
}

void
pool_read_worker(struct pool *pool, struct worker *w)
{
	struct err err = ERR_INIT;
	struct pool_item *item;
	struct record *answer;

	for (;;)
		switch (resident_read(&w->pipeline, &answer, &item, &err)) {
		case RECORD_READ:
			pool_answer(item, answer);
			if (w->alone == item)
				w->alone = NULL;
			record_free(answer);
			pool_forget(pool, item);
			break;
		case RECORD_MARK:
			break;
		case RECORD_AGAIN:
			return;
		case RECORD_END:
			pool_stop_worker(pool, w, "has ended");
			return;
		case RECORD_BROKEN:
			pool_stop_worker(pool, w, "broke off");
			return;
		}
}

/* A suspect goes alone into a pipeline that owes nothing. */
static bool
give_suspect(struct pool *pool, struct worker *w)
{
	struct pool_item *item = pool->suspects;

	if (w->alone != NULL)
		return true;
	if (item == NULL)
		return false;
	if (w->pipeline.owed != NULL)
		/* let the first pipeline run empty for it */
		return w == &pool->workers[0];
	pool->suspects = item->next;
	w->alone = item;
	resident_give(&w->pipeline, item);
	return true;
}

static struct worker *
least_busy(struct pool *pool)
{
	struct worker *best = NULL;

	for (int64_t i = 0; i < pool->conf->pipelines; i++) {
		struct worker *w = &pool->workers[i];

		if (!resident_is_free(&w->pipeline) || give_suspect(pool, w) ||
		    (int64_t)w->pipeline.owed_n >= pool->conf->ahead)
			continue;
		if (best == NULL ||
		    w->pipeline.owed_n < best->pipeline.owed_n)
			best = w;
	}
	return best;
}

static void
write_worker(struct pool *pool, struct worker *w)
{
	if (resident_write(&w->pipeline) < 0)
		pool_stop_worker(pool, w, "does not read");
}

void
pool_dispatch(struct pool *pool)
{
	struct worker *w;

	while ((w = least_busy(pool)) != NULL && pool->queue != NULL) {
		struct pool_item *item = pool->queue;

		pool->queue = item->next;
		if (pool->queue == NULL)
			pool->queue_end = &pool->queue;
		resident_give(&w->pipeline, item);
		write_worker(pool, w);
	}
	for (int64_t i = 0; i < pool->conf->pipelines; i++)
		if (resident_wants_write(&pool->workers[i].pipeline))
			write_worker(pool, &pool->workers[i]);
}

void
pool_restart_next(struct pool *pool)
{
	struct worker *next = NULL;

	for (int64_t i = 0; i < pool->conf->pipelines; i++) {
		struct worker *w = &pool->workers[i];

		if (w->pipeline.ending || w->pipeline.pid == 0)
			return;
		if (w->restart && next == NULL)
			next = w;
	}
	if (next != NULL)
		resident_finish(&next->pipeline);
}
