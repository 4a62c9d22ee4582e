/* SPDX-License-Identifier: ISC */
/* Chunks of 4 to 64 KiB; what is larger gets one of its own. */
#include "arena.h"

#include <stdalign.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define CHUNK_MIN ((size_t)4 << 10)
#define CHUNK_MAX ((size_t)64 << 10)

struct arena_chunk {
	struct arena_chunk *next;
	size_t size, used;
	alignas(max_align_t) char octets[];
};

static struct arena_chunk *
add_chunk(struct arena *a, size_t n)
{
	size_t size = a->total < CHUNK_MIN ? CHUNK_MIN :
	    a->total > CHUNK_MAX ? CHUNK_MAX : a->total;
	struct arena_chunk *chunk;

	if (size < n)
		size = n;
	chunk = mem_alloc(sizeof(*chunk) + size);

	chunk->size = size;
	chunk->used = 0;
	chunk->next = a->chunks;
	a->chunks = chunk;
	return chunk;
}

void *
arena_take(struct arena *a, size_t n)
{
	size_t rounded = (n + 15) & ~(size_t)15;
	struct arena_chunk *chunk = a->chunks;
	void *p;

	if (chunk == NULL || chunk->size - chunk->used < rounded)
		chunk = add_chunk(a, rounded);
	p = chunk->octets + chunk->used;
	chunk->used += rounded;
	a->total += rounded;
	return p;
}

void *
arena_zeroed(struct arena *a, size_t n)
{
	return memset(arena_take(a, n), 0, n);
}

struct slice
arena_copy(struct arena *a, struct slice s)
{
	return arena_join(a, s, SLICE(""));
}

struct slice
arena_join(struct arena *a, struct slice left, struct slice right)
{
	char *p = arena_take(a, left.n + right.n + 1);

	if (left.n > 0)
		memcpy(p, left.p, left.n);
	if (right.n > 0)
		memcpy(p + left.n, right.p, right.n);
	p[left.n + right.n] = '\0';
	return slice_of(p, left.n + right.n);
}

struct slice
arena_lower(struct arena *a, struct slice s)
{
	char *p = arena_take(a, s.n + 1);

	for (size_t i = 0; i < s.n; i++)
		p[i] = ascii_lower(s.p[i]);
	p[s.n] = '\0';
	return slice_of(p, s.n);
}

void
arena_reset(struct arena *a)
{
	struct arena_chunk *kept = NULL;

	while (a->chunks != NULL) {
		struct arena_chunk *next = a->chunks->next;

		if (a->chunks->size <= CHUNK_MAX &&
		    (kept == NULL || kept->size < a->chunks->size)) {
			free(kept);
			kept = a->chunks;
		} else
			free(a->chunks);
		a->chunks = next;
	}
	if (kept != NULL) {
		kept->next = NULL;
		kept->used = 0;
	}
	a->chunks = kept;
	a->total = 0;
}

void
arena_free(struct arena *a)
{
	arena_reset(a);
	free(a->chunks);
	a->chunks = NULL;
}
