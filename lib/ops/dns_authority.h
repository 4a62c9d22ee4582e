/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_DNS_AUTHORITY_H
#define FE_OPS_DNS_AUTHORITY_H

#include "net/dns.h"

/*
 * The authoritative servers of zones, each asked by a resolver process of its
 * own, so that a server which lags behind the others is seen.  A name belongs
 * to the nearest zone above it that has name servers.
 */
#define AUTHORITY_ZONES_MAX 32
#define AUTHORITY_SERVERS_MAX 8 /* of a zone */

struct dns_view {
	char *server;    /* `ns.example.net (192.0.2.1)'; NULL: not said */
	struct dns *dns; /* NULL: the server does not answer */
	unsigned answers, failures; /* dns_check counts */
};
struct dns_views {
	char *zone; /* normal form */
	struct dns_view items[AUTHORITY_SERVERS_MAX];
	size_t n;
};

struct authorities {
	struct dns *general; /* asked for name servers, and what has none */
	bool direct;         /* else general is the one view of all names */
	bool require_landlock;
	int64_t timeout_ms;
	struct dns_views *zones;
	size_t n;
	struct dns_views any; /* general alone */
};

/* general stays the caller's. */
void authorities_init(struct authorities *a, struct dns *general,
    bool direct, int64_t timeout_ms, bool require_landlock);
void authorities_free(struct authorities *a);
/* Finds the servers of a name's zone and starts their resolvers: before the
 * sandbox, and before secrets are read. */
int authorities_find(struct authorities *a, struct slice name,
    struct err *err);
/* Whom to ask about a name. */
struct dns_views *authorities_of(struct authorities *a, struct slice name);

#endif
