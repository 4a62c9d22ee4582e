/* SPDX-License-Identifier: ISC */
#ifndef FE_NET_DNS_RESOLVER_H
#define FE_NET_DNS_RESOLVER_H

#include "net/dns.h"
#include "net/dns_zone.h"

/*
 * The resolver process: reads questions (dns_wire.h) from the socket, asks
 * libunbound, answers, each within its own time.  It ends when the other end
 * of the socket closes.
 */
#define DNS_QUESTIONS_MAX 2048 /* at once; more wait in the socket */

/* Closes every other descriptor but standard error, enters the sandbox, and
 * serves.  `zone' may be NULL. */
void dns_resolver_run(int socket, const struct dns_conf *conf,
    const struct dns_zone *zone) __attribute__((noreturn));

#endif
