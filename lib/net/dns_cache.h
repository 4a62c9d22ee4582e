/* SPDX-License-Identifier: ISC */
#ifndef FE_NET_DNS_CACHE_H
#define FE_NET_DNS_CACHE_H

#include "net/dns_answer.h"

/*
 * Answers of one process, by name in normal form and type, for their TTL (at
 * least one second, at most an hour; trouble for five seconds, so that one
 * message does not wait twice for a dead server).  When it is full it starts
 * afresh.
 */
#define DNS_CACHE_ENTRIES 4096
#define DNS_CACHE_OCTETS ((size_t)8 << 20)

struct dns_cache;

struct dns_cache *dns_cache_new(void);
void dns_cache_free(struct dns_cache *cache);
/* The answer still belongs to the cache; NULL when there is none. */
const struct dns_answer *dns_cache_find(struct dns_cache *cache,
    struct slice name, enum dns_type type);
/* Keeps a copy. */
void dns_cache_add(struct dns_cache *cache, struct slice name,
    enum dns_type type, const struct dns_answer *answer);

#endif
