/* SPDX-License-Identifier: ISC */
/*
 * A table of lists.  Names come from messages: the hash is keyed, so that
 * nobody can aim at one list.
 */
#include "net/dns_cache.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/mem.h"
#include "net/dns_wire.h"

#define LISTS 1024
#define TTL_TROUBLE_MS 5000
#define TTL_LEAST_MS 1000
#define TTL_MOST_MS 3600000

struct entry {
	struct entry *next;
	int64_t until_ms;
	enum dns_type type;
	struct slice name;
	struct dns_answer answer;
	char text[];
};

struct dns_cache {
	struct entry *lists[LISTS];
	size_t n, octets;
	uint64_t key;
};

struct dns_cache *
dns_cache_new(void)
{
	struct dns_cache *cache = mem_zalloc(sizeof(*cache));

	random_octets(&cache->key, sizeof(cache->key));
	return cache;
}

static void
empty(struct dns_cache *cache)
{
	for (size_t i = 0; i < LISTS; i++)
		while (cache->lists[i] != NULL) {
			struct entry *e = cache->lists[i];

			cache->lists[i] = e->next;
			dns_answer_free(&e->answer);
			free(e);
		}
	cache->n = cache->octets = 0;
}

void
dns_cache_free(struct dns_cache *cache)
{
	if (cache == NULL)
		return;
	empty(cache);
	free(cache);
}

static size_t
list_of(const struct dns_cache *cache, struct slice name, enum dns_type type)
{
	uint64_t h = cache->key ^ (uint64_t)type;

	for (size_t i = 0; i < name.n; i++) {
		h = (h ^ (unsigned char)name.p[i]) * 0x9e3779b97f4a7c15u;
		h ^= h >> 29;
	}
	return (size_t)(h % LISTS);
}

const struct dns_answer *
dns_cache_find(struct dns_cache *cache, struct slice name, enum dns_type type)
{
	struct entry **at = &cache->lists[list_of(cache, name, type)];

	for (; *at != NULL; at = &(*at)->next) {
		struct entry *e = *at;

		if (e->type != type || !slice_equal(e->name, name))
			continue;
		if (e->until_ms > clock_monotonic_ms())
			return &e->answer;
		*at = e->next;
		cache->n--;
		dns_answer_free(&e->answer);
		free(e);
		return NULL;
	}
	return NULL;
}

static size_t
answer_size(const struct dns_answer *answer)
{
	size_t n = sizeof(struct entry);

	for (size_t i = 0; i < answer->n; i++)
		n += sizeof(struct dns_record) + answer->records[i].data.n;
	return n;
}

void
dns_cache_add(struct dns_cache *cache, struct slice name, enum dns_type type,
    const struct dns_answer *answer)
{
	size_t size = answer_size(answer) + name.n, list;
	int64_t ttl_ms = (int64_t)answer->ttl * 1000;
	struct entry *e;

	if (dns_cache_find(cache, name, type) != NULL)
		return;
	if (cache->n >= DNS_CACHE_ENTRIES ||
	    cache->octets + size > DNS_CACHE_OCTETS)
		empty(cache);
	if (answer->status == DNS_TEMPERROR)
		ttl_ms = TTL_TROUBLE_MS;
	if (ttl_ms < TTL_LEAST_MS)
		ttl_ms = TTL_LEAST_MS;
	if (ttl_ms > TTL_MOST_MS)
		ttl_ms = TTL_MOST_MS;
	e = mem_alloc(sizeof(*e) + name.n);
	if (name.n > 0)
		memcpy(e->text, name.p, name.n);
	e->name = slice_of(e->text, name.n);
	e->type = type;
	e->until_ms = clock_monotonic_ms() + ttl_ms;
	dns_answer_copy(&e->answer, answer);
	list = list_of(cache, name, type);
	e->next = cache->lists[list];
	cache->lists[list] = e;
	cache->n++;
	cache->octets += size;
}
