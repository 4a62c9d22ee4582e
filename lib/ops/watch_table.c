/* SPDX-License-Identifier: ISC */
/*
 * Counters in a fixed memory: buckets of 8 keys, by keyed hash.  Keys and
 * values are kept as hashes only; that two of them fall together is as likely
 * as one in 2^64 (keys) or 2^32 (values).
 */
#include "ops/watch_table.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define WAYS 8

struct slot {
	uint32_t time; /* seconds */
	uint32_t value;
};

/* What is looked at to find a key, or one to give up, lies together: a flood
 * of new keys touches nothing else of a bucket. */
struct bucket {
	uint64_t keys[WAYS];    /* 0: free */
	uint32_t last[WAYS];    /* when the last signal came */
	uint32_t signals[WAYS]; /* since the last alarm */
	uint32_t used[WAYS];    /* slots; those of a key are together */
	struct slot slots[];
};

void
watch_table_init(
    struct watch_table *t, size_t size, int64_t count, int64_t window_s)
{
	*t = (struct watch_table){.buckets = 1, .count = (size_t)count,
	    .window_s = window_s};
	t->stride = sizeof(struct bucket) +
	    WAYS * t->count * sizeof(struct slot);
	while (t->buckets * 2 * t->stride <= size)
		t->buckets *= 2;
	/* untouched pages cost nothing */
	t->memory = mem_zalloc(t->buckets * t->stride);
	randombytes_buf(t->secret, sizeof(t->secret));
}

void
watch_table_free(struct watch_table *t)
{
	free(t->memory);
	t->memory = NULL;
}

size_t
watch_table_keys(const struct watch_table *t)
{
	return t->buckets * WAYS;
}

size_t
watch_table_memory(const struct watch_table *t)
{
	return t->buckets * t->stride;
}

static uint64_t
hash(const struct watch_table *t, struct slice text)
{
	unsigned char octets[crypto_shorthash_BYTES];
	uint64_t number;

	crypto_shorthash(
	    octets, (const unsigned char *)text.p, text.n, t->secret);
	memcpy(&number, octets, sizeof(number));
	return number == 0 ? 1 : number;
}

static bool
is_old(const struct watch_table *t, uint32_t time, int64_t now_s)
{
	return (int64_t)time + t->window_s <= now_s;
}

/* The way of the key in its bucket, or a fresh one in the place of the
 * least. */
static size_t
find(const struct watch_table *t, struct bucket *b, uint64_t key,
    int64_t now_s)
{
	size_t least = 0;
	uint32_t least_n = UINT32_MAX;

	for (size_t i = 0; i < WAYS; i++)
		if (b->keys[i] == key)
			return i;
	for (size_t i = 0; i < WAYS; i++) {
		uint32_t n = b->keys[i] == 0 || is_old(t, b->last[i], now_s)
		    ? 0
		    : b->used[i];

		if (n < least_n ||
		    (n == least_n && b->last[i] < b->last[least])) {
			least = i;
			least_n = n;
		}
	}
	b->keys[least] = key;
	b->used[least] = b->signals[least] = b->last[least] = 0;
	return least;
}

/* How many of the slots lie within the window, once this signal is one of
 * them; 0: it is nothing new. */
static size_t
put(const struct watch_table *t, struct slot *slots, uint32_t *used,
    const uint32_t *value, int64_t now_s)
{
	size_t oldest = 0, young = 0;

	for (size_t i = 0; i < *used; i++) {
		if (value != NULL && slots[i].value == *value) {
			slots[i].time = (uint32_t)now_s;
			return 0;
		}
		if (slots[i].time < slots[oldest].time)
			oldest = i;
	}
	if (*used < t->count)
		oldest = (*used)++;
	slots[oldest].time = (uint32_t)now_s;
	slots[oldest].value = value != NULL ? *value : 0;
	for (size_t i = 0; i < *used; i++)
		young += !is_old(t, slots[i].time, now_s);
	return young;
}

int64_t
watch_table_add(
    struct watch_table *t, struct slice key, struct slice what, int64_t now_s)
{
	uint64_t number = hash(t, key);
	struct bucket *b = (struct bucket *)(void *)(t->memory +
	    (number & (t->buckets - 1)) * t->stride);
	size_t way = find(t, b, number, now_s);
	uint32_t value = what.p != NULL ? (uint32_t)hash(t, what) : 0;
	int64_t signals;

	if (is_old(t, b->last[way], now_s))
		b->signals[way] = 0;
	b->last[way] = (uint32_t)now_s;
	b->signals[way] += b->signals[way] < UINT32_MAX;
	if (put(t, b->slots + way * t->count, &b->used[way],
		what.p != NULL ? &value : NULL, now_s) < t->count)
		return 0;
	signals = b->signals[way];
	b->signals[way] = b->used[way] = 0;
	return signals;
}
