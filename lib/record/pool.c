/* SPDX-License-Identifier: ISC */
/*
 * The pool: one loop over the listening socket, the clients and the
 * pipelines.  It trusts nobody to be alive.
 */
#include "record/pool.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "record/pool_state.h"

#define TICK_MS 500  /* how often deadlines are looked at */

static void
expire_list(struct pool *pool, struct pool_item *item, int64_t now)
{
	for (; item != NULL; item = item->next)
		if (item->owner != NULL && now >= item->until_ms)
			pool_defer(pool, item, "no answer in time");
}

/* What waits in the queue past its deadline is not begun any more. */
static void
expire_queue(struct pool *pool, int64_t now)
{
	struct pool_item **at = &pool->queue;

	while (*at != NULL) {
		struct pool_item *item = *at;

		if (now < item->until_ms) {
			at = &item->next;
			continue;
		}
		*at = item->next;
		pool_defer(pool, item, "no answer in time");
		pool_forget(pool, item);
	}
	pool->queue_end = at;
}

static bool
is_stuck(const struct pool *pool, const struct resident *p, int64_t now)
{
	for (const struct pool_item *i = p->owed; i != NULL; i = i->next)
		if (now >= i->until_ms + pool->conf->stuck_s * 1000)
			return true;
	return false;
}

/* It was told to end, owes nothing, and stays: neither would the others start
 * anew after it, nor the pool ever end. */
static bool
lingers(const struct pool *pool, struct worker *w, int64_t now)
{
	const struct resident *p = &w->pipeline;

	if (p->pid <= 0 || !p->ending || p->owed != NULL)
		w->idle_ms = 0;
	else if (w->idle_ms == 0)
		w->idle_ms = now;
	return w->idle_ms != 0 &&
	    now >= w->idle_ms + pool->conf->stuck_s * 1000;
}

static void
tick(struct pool *pool)
{
	int64_t now = clock_monotonic_ms();

	pool_expire_clients(pool, now);
	expire_queue(pool, now);
	expire_list(pool, pool->suspects, now);
	for (int64_t i = 0; i < pool->conf->pipelines; i++) {
		struct worker *w = &pool->workers[i];

		expire_list(pool, w->pipeline.owed, now);
		if (w->pipeline.pid > 0 && is_stuck(pool, &w->pipeline, now))
			pool_stop_worker(pool, w, "was stuck and is killed");
		if (lingers(pool, w, now)) {
			w->pipeline.ending = false; /* not waited for again */
			pool_stop_worker(
			    pool, w, "did not end and is killed");
		}
		if (w->pipeline.pid == 0 && now >= w->start_at_ms &&
		    (!pool->ending || pool->in_hand > 0))
			pool_start_worker(pool, w);
	}
	pool_restart_next(pool);
}

static void
add_poll(struct pool *pool, size_t *n, int fd, short events)
{
	if (*n == pool->polls_max) {
		pool->polls_max = pool->polls_max * 2 + 16;
		pool->polls = mem_array(
		    pool->polls, pool->polls_max, sizeof(*pool->polls));
	}
	pool->polls[(*n)++] = (struct pollfd){.fd = fd, .events = events};
}

/* Signals, listener, two for each pipeline, one for each client. */
static size_t
fill_polls(struct pool *pool, int signals)
{
	size_t n = 0;
	bool full = (int64_t)pool->clients_n >= pool->conf->clients ||
	    clock_monotonic_ms() < pool->accept_at_ms;

	add_poll(pool, &n, signals, POLLIN);
	add_poll(pool, &n, pool->ending || full ? -1 : pool->listener, POLLIN);
	for (int64_t i = 0; i < pool->conf->pipelines; i++) {
		const struct resident *p = &pool->workers[i].pipeline;

		add_poll(pool, &n, p->pid > 0 ? p->out : -1, POLLIN);
		add_poll(pool, &n, resident_wants_write(p) ? p->in : -1,
		    POLLOUT);
	}
	for (struct pool_client *c = pool->clients; c != NULL; c = c->next)
		add_poll(pool, &n, c->fd,
		    (short)((pool_may_read(pool, c) ? POLLIN : 0) |
			(pool_client_wants_write(c) ? POLLOUT : 0)));
	return n;
}

/* No octet has to come for what was read ahead before a stop. */
static int
wait_ms(const struct pool *pool)
{
	for (const struct pool_client *c = pool->clients; c != NULL;
	     c = c->next)
		if (c->stopped && pool_may_read(pool, c))
			return 0;
	return TICK_MS;
}

static void
serve_clients(struct pool *pool, size_t first)
{
	struct pool_client *c = pool->clients, *next;

	for (size_t i = first; c != NULL; c = next, i++) {
		short happened = pool->polls[i].revents;
		bool gone = false;

		next = c->next;
		if (happened & POLLIN || c->stopped)
			pool_read_client(pool, c);
		if (pool_client_wants_write(c))
			gone = pool_client_write(c) < 0;
		/* closed both ways: nobody reads the answers */
		if (happened & (POLLERR | POLLNVAL) ||
		    (happened & POLLHUP && !(happened & POLLIN)))
			gone = true;
		if (gone || pool_client_is_done(c))
			pool_drop_client(pool, c);
	}
}

static void
take_signals(struct pool *pool, int signals)
{
	struct signalfd_siginfo info;

	while (read(signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo == SIGHUP)
			for (int64_t i = 0; i < pool->conf->pipelines; i++)
				pool->workers[i].restart = true;
		else if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT)
			pool->ending = true;
	}
}

/* Does any client still have to read answers?  Not for ever. */
static bool
somebody_reads(struct pool *pool)
{
	int64_t now = clock_monotonic_ms();

	if (pool->answered_ms == 0)
		pool->answered_ms = now;
	if (now >= pool->answered_ms + pool->conf->stuck_s * 1000)
		return false;
	for (struct pool_client *c = pool->clients; c != NULL; c = c->next)
		if (pool_client_wants_write(c))
			return true;
	return false;
}

/* Once ending, a client is kept for its answers only. */
static bool
finish_serving(struct pool *pool)
{
	bool running = false;

	if (!pool->ending || pool->in_hand > 0 || somebody_reads(pool))
		return false;
	for (int64_t i = 0; i < pool->conf->pipelines; i++) {
		struct resident *p = &pool->workers[i].pipeline;

		running = running || p->pid > 0;
		if (p->pid > 0 && !p->ending)
			resident_finish(p);
	}
	return !running;
}

int
pool_serve(struct pool *pool, int signals, struct err *err)
{
	int64_t next_tick = 0;

	while (!finish_serving(pool)) {
		size_t workers = (size_t)pool->conf->pipelines;
		size_t n = fill_polls(pool, signals);

		if (poll(pool->polls, n, wait_ms(pool)) < 0 && errno != EINTR)
			return err_errno(err, "cannot wait");
		if (pool->polls[0].revents)
			take_signals(pool, signals);
		for (size_t i = 0; i < workers; i++)
			if (pool->polls[2 + 2 * i].revents &&
			    pool->workers[i].pipeline.pid > 0)
				pool_read_worker(pool, &pool->workers[i]);
		serve_clients(pool, 2 + 2 * workers);
		if (pool->polls[1].revents)
			pool_accept_clients(pool);
		if (clock_monotonic_ms() >= next_tick) {
			tick(pool);
			next_tick = clock_monotonic_ms() + TICK_MS / 5;
		}
		pool_dispatch(pool);
		/* answers of this round leave in this round */
		for (struct pool_client *c = pool->clients; c != NULL;
		     c = c->next)
			if (pool_client_wants_write(c) &&
			    pool_client_write(c) < 0)
				pool_client_break(c);
	}
	return 0;
}

struct pool *
pool_new(const struct pool_conf *conf, int listener, struct err *err)
{
	struct pool *pool = mem_zalloc(sizeof(*pool));

	pool->conf = conf;
	pool->listener = listener;
	pool->queue_end = &pool->queue;
	pool_ids_init(&pool->ids, (size_t)conf->depth);
	pool->workers = mem_zalloc(
	    (size_t)conf->pipelines * sizeof(*pool->workers));
	for (int64_t i = 0; i < conf->pipelines; i++)
		if (resident_start(&pool->workers[i].pipeline, conf->argv,
			conf->size_max, err) < 0) {
			pool_free(pool);
			return NULL;
		}
	return pool;
}

static void
free_list(struct pool_item *item)
{
	while (item != NULL) {
		struct pool_item *next = item->next;

		pool_item_free(item);
		item = next;
	}
}

void
pool_free(struct pool *pool)
{
	int status;

	if (pool == NULL)
		return;
	for (int64_t i = 0; i < pool->conf->pipelines; i++)
		free_list(resident_stop(&pool->workers[i].pipeline, &status));
	free_list(pool->queue);
	free_list(pool->suspects);
	while (pool->clients != NULL) {
		struct pool_client *c = pool->clients;

		pool->clients = c->next;
		pool_client_free(c);
	}
	pool_ids_free(&pool->ids);
	free(pool->workers);
	free(pool->polls);
	free(pool);
}
