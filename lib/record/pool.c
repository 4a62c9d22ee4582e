/* SPDX-License-Identifier: ISC */
/*
 * The pool: one loop over the listening socket, the clients and the
 * pipelines.  It reads metas only as far as a record reader does and trusts
 * its clients as makers of records (the socket's mode and the list of uids
 * say who they are), but nobody to be alive.
 */
#include "record/pool.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/socket_access.h"
#include "base/unix_socket.h"
#include "record/pool_state.h"

#define TICK_MS 500  /* how often deadlines are looked at */
#define PAUSE_MS 100 /* where the system has no descriptor for us */
#define TOO_MANY_OCTETS "too many octets in hand"

static void
put_worker(struct json_writer *w, const struct worker *worker)
{
	const struct resident *p = &worker->pipeline;

	json_open_object(w, NULL);
	json_put_integer(w, "pid", p->pid);
	json_put_integer(w, "in_hand", (int64_t)p->owed_n);
	json_put_integer(w, "answered", p->answered);
	json_put_integer(w, "age_s", p->pid == 0 ? 0
	    : (clock_monotonic_ms() - p->started_ms) / 1000);
	json_close_object(w);
}

static struct record *
describe(const struct pool *pool, const struct meta *question)
{
	struct record *answer = record_new();
	struct buf text = BUF_INIT;
	struct json_writer w = JSON_WRITER(&text);

	json_open_object(&w, NULL);
	json_put_integer(&w, "in_hand", pool->in_hand);
	json_put_integer(&w, "depth", pool->conf->depth);
	json_put_integer(&w, "octets", pool->held);
	json_put_integer(&w, "clients", (int64_t)pool->clients_n);
	json_put_integer(&w, "records", pool->records);
	json_put_integer(&w, "deferred", pool->deferred);
	json_put_integer(&w, "deaths", pool->deaths);
	json_open_array(&w, "pipelines");
	for (int64_t i = 0; i < pool->conf->pipelines; i++)
		put_worker(&w, &pool->workers[i]);
	json_close_array(&w);
	json_close_object(&w);
	meta_set_text(&answer->meta, "id", meta_id(question));
	meta_set_integer(&answer->meta, "size", 0);
	meta_set(&answer->meta, "pool", buf_slice(&text));
	buf_free(&text);
	return answer;
}

static void
accept_clients(struct pool *pool)
{
	while ((int64_t)pool->clients_n < pool->conf->clients) {
		int fd = accept4(pool->listener, NULL, NULL,
		    SOCK_CLOEXEC | SOCK_NONBLOCK);
		struct pool_client *c;

		if (fd < 0 && errno != EAGAIN && errno != ECONNABORTED) {
			log_error("cannot accept: %s", strerror(errno));
			pool->accept_at_ms = clock_monotonic_ms() + PAUSE_MS;
		}
		if (fd < 0)
			return;
		if (!socket_access_allows(pool->conf->peers,
			pool->conf->peers_n, unix_socket_peer(fd))) {
			log_warning("refused a client with uid %u",
			    (unsigned)unix_socket_peer(fd));
			close(fd);
			continue;
		}
		c = pool_client_new(fd, pool->conf->size_max);
		c->next = pool->clients;
		pool->clients = c;
		pool->clients_n++;
	}
}

static void
queue_item(struct pool *pool, struct pool_item *item)
{
	item->next = NULL;
	*pool->queue_end = item;
	pool->queue_end = &item->next;
}

/* `refused' says why it is not taken, or NULL. */
static void
take_record(struct pool *pool, struct pool_client *c, struct record *r,
    const char *refused)
{
	struct err err = ERR_INIT;
	struct pool_item *item;

	c->waiting++;
	if (json_string_is(meta_get(&r->meta, "pool"), "status")) {
		struct record *answer = describe(pool, &r->meta);

		pool_client_answer(c, answer);
		record_free(answer);
		record_free(r);
		return;
	}
	if (pool->in_hand >= pool->conf->depth)
		refused = "too many messages in hand";
	else if (pool_ids_has(&pool->ids, meta_id(&r->meta)))
		refused = "a message of this id is in hand";
	item = pool_item_new(r, c, pool->conf->wait_s * 1000);
	pool->in_hand++;
	pool->records++;
	if (refused == NULL && meta_write(&r->meta, &item->line, &err) < 0)
		refused = "its meta is too large";
	item->held = (int64_t)(item->line.n + r->body.n);
	pool->held += item->held;
	if (pool->held > pool->conf->memory_max && pool->held > item->held)
		refused = TOO_MANY_OCTETS;
	if (refused == NULL) {
		pool_ids_add(&pool->ids, item);
		queue_item(pool, item);
		return;
	}
	pool_defer(pool, item, refused);
	pool_forget(pool, item);
}

/* The next segment waits until this one is answered, and who does not read his
 * answers is not read either. */
static bool
may_read(const struct pool *pool, const struct pool_client *c)
{
	return !c->broken && !c->marked && !pool->ending &&
	    !pool_client_is_behind(c);
}

/* What a body takes that is half read counts from its first octet on, whole:
 * once begun it must find the room. */
static void
hold(struct pool *pool, struct pool_client *c, int64_t octets)
{
	pool->held += octets - c->held;
	c->held = octets;
}

/* Is there no room to begin it? */
static bool
refuse_partial(struct pool *pool, struct pool_client *c)
{
	if (record_reader_has_room(&c->reader))
		return false;
	take_record(pool, c, record_reader_refuse(&c->reader),
	    TOO_MANY_OCTETS);
	return true;
}

static enum record_event
read_record(struct pool *pool, struct pool_client *c, struct record **r,
    struct err *err)
{
	int64_t left = pool->conf->memory_max - pool->held;
	enum record_event event;

	c->reader.room = pool->held == 0 ? INT64_MAX : left > 0 ? left : 0;
	event = record_read(&c->reader, r, err);
	hold(pool, c, record_reader_holds(&c->reader));
	return event;
}

static void
read_client(struct pool *pool, struct pool_client *c)
{
	struct err err = ERR_INIT;
	struct record *r;

	c->stopped = false;
	while (may_read(pool, c))
		switch (read_record(pool, c, &r, &err)) {
		case RECORD_READ:
			take_record(pool, c, r, NULL);
			break;
		case RECORD_MARK:
			pool_client_mark(c);
			break;
		case RECORD_AGAIN:
			if (!refuse_partial(pool, c))
				return;
			break;
		case RECORD_BROKEN:
			log_warning("a client broke off: %s", err.text);
			c->broken = true;
			return;
		case RECORD_END:
			c->broken = true;
			return;
		}
	c->stopped = true;
}

static void
disown(struct pool_item *item, const struct pool_client *c)
{
	for (; item != NULL; item = item->next)
		if (item->owner == c)
			item->owner = NULL;
}

/* What it brought whole is still delivered. */
static void
disown_all(struct pool *pool, const struct pool_client *c)
{
	disown(pool->queue, c);
	disown(pool->suspects, c);
	for (int64_t i = 0; i < pool->conf->pipelines; i++)
		disown(pool->workers[i].pipeline.owed, c);
}

static void
drop_client(struct pool *pool, struct pool_client *c)
{
	struct pool_client **at = &pool->clients;

	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	pool->clients_n--;
	if (c->waiting > 0)
		disown_all(pool, c);
	hold(pool, c, 0);
	pool_client_free(c);
}

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
		    (short)((may_read(pool, c) ? POLLIN : 0) |
			(pool_client_wants_write(c) ? POLLOUT : 0)));
	return n;
}

/* No octet has to come for what was read ahead before a stop. */
static int
wait_ms(const struct pool *pool)
{
	for (const struct pool_client *c = pool->clients; c != NULL;
	     c = c->next)
		if (c->stopped && may_read(pool, c))
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
			read_client(pool, c);
		if (pool_client_wants_write(c))
			gone = pool_client_write(c) < 0;
		/* closed both ways: nobody reads the answers */
		if (happened & (POLLERR | POLLNVAL) ||
		    (happened & POLLHUP && !(happened & POLLIN)))
			gone = true;
		if (gone || pool_client_is_done(c))
			drop_client(pool, c);
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
			accept_clients(pool);
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
