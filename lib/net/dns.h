/* SPDX-License-Identifier: ISC */
#ifndef FE_NET_DNS_H
#define FE_NET_DNS_H

#include <stdint.h>

#include "base/err.h"
#include "base/task.h"
#include "net/dns_answer.h"
#include "net/dns_servers.h"

/*
 * DNS over libunbound, in a resolver process of its own that never sees a
 * message: dns_open forks it, it enters its sandbox before it reads the first
 * question, and makes libunbound's context (thread mode) only then.  Questions
 * and answers pass over a socketpair.  So the asking program needs no network,
 * and a hostile answer is parsed elsewhere.  A zone file answers in this
 * process, unless somebody is to wait for it.
 */
struct dns;

struct dns_conf {
	bool off;              /* --no-dns: every answer is DNS_OFF */
	const char *zone_file; /* --dns-zone: answers come from it alone */
	const struct dns_servers *servers; /* these are asked; or NULL */
	bool local_zones_asked; /* names of private networks, too: libunbound
	                           answers those itself else */
	int64_t timeout_ms;    /* for one question */
	bool validate;         /* DNSSEC, from the distribution's root key */
	bool require_landlock; /* --sandbox=require, for the resolver */
	struct task_set *tasks; /* or NULL: dns_ask in a task of it lets the
	                           others run while it waits */
};

/* Starts the resolver.  Call before entering a sandbox and before reading
 * secrets.  A zone file that cannot be read is ERR_CONFIG with its line. */
struct dns *dns_open(const struct dns_conf *conf, struct err *err);
void dns_close(struct dns *dns); /* accepts NULL */

/* Asks and waits, at most until deadline_ms (clock_monotonic_ms; 0: the
 * configured timeout alone).  Never fails: trouble is DNS_TEMPERROR.  Names
 * are presentation form (a label may hold \DDD), always absolute.  A small
 * cache serves repeated questions within one process. */
void dns_ask(struct dns *dns, struct slice name, enum dns_type type,
    int64_t deadline_ms, struct dns_answer *answer);

/* Sends a question whose answer goes into the cache: a later dns_ask of the
 * same waits for it rather than asking again. */
void dns_prefetch(struct dns *dns, struct slice name, enum dns_type type);

/* Asynchronous: the question's number, then answers as they come.  After
 * sending, call dns_receive until it says 0 (the cache may have answered),
 * then wait until fd is readable, at most the configured timeout. */
uint32_t dns_send(struct dns *dns, struct slice name, enum dns_type type);
int dns_fd(const struct dns *dns); /* -1: everything is answered at once */
/* 1: *id and *answer are set; 0: nothing there now. */
int dns_receive(struct dns *dns, uint32_t *id, struct dns_answer *answer);
/* Why a program that stays for long had better end and be started anew: the
 * resolver has answered once and is gone, so that every answer is trouble from
 * then on.  Else NULL; one that never could is a host without DNS.  Accepts
 * NULL. */
const char *dns_obstacle(struct dns *dns);

#endif
