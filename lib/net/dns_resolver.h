/* SPDX-License-Identifier: ISC */
#ifndef FE_NET_DNS_RESOLVER_H
#define FE_NET_DNS_RESOLVER_H

#include <stdbool.h>

#include "net/dns_servers.h"
#include "net/dns_zone.h"

/*
 * The resolver process: reads questions (dns_wire.h) from the socket, asks
 * libunbound or the zone, answers, each within its own time.  It ends when the
 * other end of the socket closes.
 */
#define DNS_QUESTIONS_MAX 2048 /* at once; more wait in the socket */

struct dns_resolver_conf {
	bool validate;
	bool require_landlock, local_zones_asked;
	const struct dns_zone *zone; /* or NULL */
	const struct dns_servers *servers; /* or NULL */
};

/* Closes every other descriptor but standard error, enters the sandbox, and
 * serves. */
void dns_resolver_run(int socket, const struct dns_resolver_conf *conf)
    __attribute__((noreturn));

#endif
