/* SPDX-License-Identifier: ISC */
#ifndef FE_SIEVE_ARENA_H
#define FE_SIEVE_ARENA_H

#include "base/buf.h"

/*
 * Memory that is given back all at once: of a script, and of one message's
 * decisions.  Nothing in it is freed alone.
 */
struct arena_chunk;

struct arena {
	struct arena_chunk *chunks; /* the newest first */
	size_t total;               /* octets given out */
};
#define ARENA_INIT {NULL, 0}

void *arena_take(struct arena *a, size_t n);  /* for any type; not zeroed */
void *arena_zeroed(struct arena *a, size_t n);
/* A copy, with a NUL behind it that does not count. */
struct slice arena_copy(struct arena *a, struct slice s);
/* Two slices joined. */
struct slice arena_join(struct arena *a, struct slice left, struct slice right);
/* A copy with its ASCII letters in lower case. */
struct slice arena_lower(struct arena *a, struct slice s);
/* Gives back what was taken; keeps one chunk for the next time. */
void arena_reset(struct arena *a);
void arena_free(struct arena *a);

#endif
