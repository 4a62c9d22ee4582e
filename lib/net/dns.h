/* SPDX-License-Identifier: ISC */
#ifndef FE_NET_DNS_H
#define FE_NET_DNS_H

#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"

/*
 * DNS over libunbound, in a resolver process of its own that never sees a
 * message: dns_open forks it, it enters its sandbox before it reads the first
 * question, and makes libunbound's context (thread mode) only then.  Questions
 * and answers pass over a socketpair.  So the asking program needs no network,
 * and a hostile answer is parsed elsewhere.
 */
struct dns;

struct dns_conf {
	bool off;              /* --no-dns: every answer is DNS_OFF */
	const char *zone_file; /* --dns-zone: answers come from it alone */
	int64_t timeout_ms;    /* for one question */
	bool validate;         /* DNSSEC, from the distribution's root key */
};

enum dns_status {
	DNS_FOUND,    /* at least one record */
	DNS_NODATA,   /* the name exists, the type does not */
	DNS_NXDOMAIN, /* also for what can be no name */
	DNS_TEMPERROR, /* SERVFAIL, time-out, no resolver */
	DNS_OFF
};

enum dns_type {
	DNS_A = 1, DNS_CNAME = 5, DNS_PTR = 12, DNS_MX = 15, DNS_TXT = 16,
	DNS_AAAA = 28, DNS_TLSA = 52
};

/* Records are sorted (MX by preference first, then by content). */
struct dns_record {
	struct slice data;   /* A, AAAA: 4 or 16 octets; TXT: strings joined;
	                        PTR, CNAME, MX: name in normal form (dns_name.h:
	                        lower case, no final dot); else as on the wire */
	uint16_t preference; /* MX */
};
struct dns_answer {
	enum dns_status status;
	struct dns_record *records;
	size_t n;
	uint32_t ttl;
	bool secure; /* DNSSEC-validated */
	bool bogus;
	void *owned;
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
void dns_answer_free(struct dns_answer *answer);
/* `found', `no data', `no such name', `temporary error', `dns is off' */
const char *dns_status_text(enum dns_status status);

/* Sends a question whose answer goes into the cache: a later dns_ask of the
 * same waits for it rather than asking again. */
void dns_prefetch(struct dns *dns, struct slice name, enum dns_type type);

/* Asynchronous: the question's number, then answers as they come.  After
 * sending, call dns_receive until it says 0 (the cache may have answered),
 * then wait until fd is readable, at most the configured timeout. */
uint32_t dns_send(struct dns *dns, struct slice name, enum dns_type type);
int dns_fd(const struct dns *dns); /* -1 with --no-dns */
/* 1: *id and *answer are set; 0: nothing there now. */
int dns_receive(struct dns *dns, uint32_t *id, struct dns_answer *answer);

#endif
