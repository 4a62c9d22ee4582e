/* SPDX-License-Identifier: ISC */
#ifndef FE_RECORD_POOL_LINK_H
#define FE_RECORD_POOL_LINK_H

#include "record/stream.h"

/*
 * A client's end of a pool: hands records on and gives their answers back, in
 * any order, one for each record whatever happens to the pool.  While the
 * pool is away its records are answered deferred; each new record tries to
 * reach it again.
 *
 * Whoever has POOL_LINK_AHEAD records there sends no more, so that what comes
 * from a large file is not refused for the pool's depth.
 */
#define POOL_LINK_AHEAD 128
struct pool_link;

struct pool_link *pool_link_new(const char *path, int64_t size_max);
void pool_link_free(struct pool_link *link);
/* Sends and frees the record; blocks while the pool takes it, and reads
 * meanwhile what the pool says. */
void pool_link_send(struct pool_link *link, struct record *r);
/* To poll for input; -1 while there is no connection. */
int pool_link_fd(const struct pool_link *link);
/* Reads what the pool has said. */
void pool_link_receive(struct pool_link *link);
/* The next answer, the caller's, or NULL. */
struct record *pool_link_take(struct pool_link *link);
/* Records without an answer that pool_link_take has not given yet. */
size_t pool_link_owed(const struct pool_link *link);

#endif
