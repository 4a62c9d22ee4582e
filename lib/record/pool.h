/* SPDX-License-Identifier: ISC */
#ifndef FE_RECORD_POOL_H
#define FE_RECORD_POOL_H

#include "base/option.h"
#include "record/resident.h"

/*
 * Resident pipelines behind a UNIX socket.  Clients write streams of records
 * and read, on the same socket, one record back for each, in any order, and
 * an end mark behind each segment that was answered whole.
 *
 * - A record is read whole before its first octet enters a pipeline: a slow
 *   or dying writer harms nobody.
 * - Over `depth' records in hand, or `memory_max' octets of them (one may
 *   always be), a new one is answered deferred at once.  A body that is half
 *   read counts whole; for one that finds no room none is made, it is read
 *   past.
 * - A client that stops in the middle of a record for `stuck_s' is read no
 *   more: it hears what else it brought, and the connection ends.
 * - An id in hand is refused a second time.
 * - When a pipeline dies, each record it owed is tried once more, alone; what
 *   was in hand at two deaths is answered deferred and logged as suspect.
 * - A record without an answer at its deadline is answered deferred; a
 *   pipeline that is `stuck_s' past the deadline of what it owes is killed,
 *   and so is one that does not end for so long when it should.
 */
struct pool_conf {
	char **argv;     /* of a pipeline */
	int64_t pipelines;
	int64_t ahead;   /* records in one pipeline at once */
	int64_t depth;   /* records in hand */
	int64_t memory_max; /* octets of them */
	int64_t clients;
	int64_t size_max;
	int64_t wait_s;  /* deadline of records that state none */
	int64_t stuck_s;
	const uid_t *peers; /* allowed besides our own and root */
	size_t peers_n;
};

struct pool;
/* `listener' is a listening UNIX socket.  Starts the pipelines. ERR_SYSTEM. */
struct pool *pool_new(const struct pool_conf *conf, int listener,
    struct err *err);
/* Serves until SIGTERM came and all is answered.  `signals' is a
 * signalfd: SIGHUP restarts the pipelines one by one, SIGTERM and SIGINT end,
 * SIGCHLD wakes. */
int pool_serve(struct pool *pool, int signals, struct err *err);
void pool_free(struct pool *pool);

#endif
