/* SPDX-License-Identifier: ISC */
/*
 * The clients of a pool.  It reads metas only as far as a record reader does
 * and trusts its clients as makers of records: the socket's mode and the list
 * of uids say who they are.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/socket_access.h"
#include "base/unix_socket.h"
#include "record/pool_state.h"

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

void
pool_accept_clients(struct pool *pool)
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

bool
pool_may_read(const struct pool *pool, const struct pool_client *c)
{
	return !c->broken && !c->marked && !pool->ending &&
	    (!pool_client_is_behind(c) || c->reader.partial != NULL);
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

/* Nothing more is read from it; what is in hand is still answered. */
static void
break_off(struct pool *pool, struct pool_client *c)
{
	hold(pool, c, 0);
	record_reader_free(&c->reader);
	c->broken = true;
}

void
pool_read_client(struct pool *pool, struct pool_client *c)
{
	struct err err = ERR_INIT;
	struct record *r;

	c->stopped = false;
	c->moved_ms = clock_monotonic_ms();
	while (pool_may_read(pool, c))
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
			break_off(pool, c);
			return;
		case RECORD_END:
			c->broken = true;
			return;
		}
	c->stopped = true;
}

/* Who waits for us may wait; what came while we ourselves were stopped is still
 * to be read. */
static bool
has_stopped(const struct pool *pool, const struct pool_client *c, int64_t now)
{
	struct pollfd p = {.fd = c->fd, .events = POLLIN};

	return pool_may_read(pool, c) && record_reader_is_within(&c->reader) &&
	    now >= c->moved_ms + pool->conf->stuck_s * 1000 &&
	    poll(&p, 1, 0) == 0;
}

void
pool_expire_clients(struct pool *pool, int64_t now)
{
	for (struct pool_client *c = pool->clients; c != NULL; c = c->next) {
		if (!has_stopped(pool, c, now))
			continue;
		log_warning("a client stopped in the middle of a record: it "
		    "is cut off");
		break_off(pool, c);
		/* nor does it read */
		if (pool_client_wants_write(c))
			pool_client_break(c);
	}
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

void
pool_drop_client(struct pool *pool, struct pool_client *c)
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
