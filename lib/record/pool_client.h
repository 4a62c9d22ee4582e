/* SPDX-License-Identifier: ISC */
#ifndef FE_RECORD_POOL_CLIENT_H
#define FE_RECORD_POOL_CLIENT_H

#include "record/stream.h"

/*
 * One connection to a pool: records come in, answers go out through a buffer
 * (a slow reader holds up nobody but itself), and an end mark follows each
 * segment once all of it is answered.
 */
struct pool_client {
	int fd;
	struct record_reader reader;
	struct buf out;
	size_t out_used;
	int64_t held;     /* octets of a body that is half read */
	int64_t waiting;  /* records in hand */
	int64_t answered; /* in this segment */
	int64_t moved_ms; /* when an octet came from it or went to it */
	bool marked;      /* the segment's end mark was read */
	bool broken;      /* nothing more is read from it */
	bool stopped;     /* records may be left in its reader */
	struct pool_client *next;
};
struct pool_client *pool_client_new(int fd, int64_t size_max);
void pool_client_free(struct pool_client *c); /* closes */
/* Appends an answer, and the end mark where it completes the segment. */
void pool_client_answer(struct pool_client *c, const struct record *answer);
/* Call after an end mark was read. */
void pool_client_mark(struct pool_client *c);
/* Writes what it takes now.  -1: it is gone. */
int pool_client_write(struct pool_client *c);
bool pool_client_wants_write(const struct pool_client *c);
/* So many answers wait for it that nothing more shall be read from it. */
bool pool_client_is_behind(const struct pool_client *c);
/* Nobody reads the answers any more. */
void pool_client_break(struct pool_client *c);
/* All said and done? */
bool pool_client_is_done(const struct pool_client *c);

#endif
