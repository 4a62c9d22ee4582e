/* SPDX-License-Identifier: ISC */
#ifndef FE_RECORD_POOL_STATE_H
#define FE_RECORD_POOL_STATE_H

#include <poll.h>

#include "record/pool.h"
#include "record/pool_client.h"
#include "record/pool_ids.h"

/*
 * The inside of a pool, for pool.c (the loop), pool_clients.c and
 * pool_worker.c (the pipelines) alone.
 */
struct worker {
	struct resident pipeline;
	struct pool_item *alone; /* the one suspect that it works on */
	int64_t start_at_ms;	     /* when stopped: not before */
	int64_t delay_ms;
	int64_t idle_ms; /* since when it has nothing left and does not end */
	bool restart; /* SIGHUP: finish, then start anew */
};

struct pool {
	const struct pool_conf *conf;
	int listener;
	struct worker *workers;
	struct pool_client *clients;
	size_t clients_n;
	int64_t accept_at_ms; /* not before: there was no descriptor */
	struct pool_item *queue, **queue_end; /* waiting, oldest first */
	struct pool_item *suspects;		  /* each to be tried alone */
	struct pool_ids ids;			  /* of all in hand */
	int64_t in_hand;
	int64_t held; /* octets of those */
	int64_t records, deferred, deaths; /* since the start */
	bool ending;
	int64_t answered_ms; /* when ending: since all is answered */
	struct pollfd *polls;
	size_t polls_max;
};

/* Takes those that wait, while there may be more. */
void pool_accept_clients(struct pool *pool);
/* The next segment waits until this one is answered, and who does not read his
 * answers is not read either, but to the end of a record that he has begun. */
bool pool_may_read(const struct pool *pool, const struct pool_client *c);
/* Queues the records that it has sent. */
void pool_read_client(struct pool *pool, struct pool_client *c);
/* Those that stopped in the middle of a record are read no more, and what they
 * hold is free. */
void pool_expire_clients(struct pool *pool, int64_t now);
/* Frees it; what it brought whole is still delivered. */
void pool_drop_client(struct pool *pool, struct pool_client *c);

/* Gives the answer to whom it is for; he gets none after it. */
void pool_answer(struct pool_item *item, const struct record *answer);
/* Our own answer: each recipient deferred. */
void pool_defer(struct pool *pool, struct pool_item *item, const char *text);
/* The item is no longer in hand; frees it. */
void pool_forget(struct pool *pool, struct pool_item *item);

void pool_start_worker(struct pool *pool, struct worker *w);
/* The pipeline has ended, or must (`why' for the log): what it owed is tried
 * again. */
void pool_stop_worker(struct pool *pool, struct worker *w, const char *why);
/* Takes the answers that are there. */
void pool_read_worker(struct pool *pool, struct worker *w);
/* Gives what waits to pipelines that are free, and writes on. */
void pool_dispatch(struct pool *pool);
/* After SIGHUP: one by one, so that the others work on. */
void pool_restart_next(struct pool *pool);

#endif
