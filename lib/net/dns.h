/* SPDX-License-Identifier: ISC */
#ifndef FE_NET_DNS_H
#define FE_NET_DNS_H

#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"

/*
 * DNS over libunbound, in a resolver process of its own that never sees a
 * message: dns_open forks it, it finalises libunbound (thread mode) and
 * enters its sandbox; questions and answers pass over a socketpair.  So the
 * asking program needs no network, and a hostile answer is parsed elsewhere.
 */
struct dns;

struct dns_conf {
	bool off;              /* --no-dns: every answer is DNS_OFF */
	const char *zone_file; /* --dns-zone: answers come from it alone */
	int64_t timeout_ms;    /* for one question */
};

enum dns_status {
	DNS_FOUND,    /* at least one record */
	DNS_NODATA,   /* the name exists, the type does not */
	DNS_NXDOMAIN,
	DNS_TEMPERROR, /* SERVFAIL, time-out, no resolver */
	DNS_OFF
};

enum dns_type {
	DNS_A = 1, DNS_CNAME = 5, DNS_PTR = 12, DNS_MX = 15, DNS_TXT = 16,
	DNS_AAAA = 28, DNS_TLSA = 52
};

/* Records are sorted (by content; MX by preference first). */
struct dns_record {
	struct slice data;   /* A, AAAA: 4 or 16 octets; TXT: strings joined;
	                        PTR, CNAME, MX: name, no final dot, lower case */
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

/* Starts the resolver.  Call before entering a sandbox.  A zone file that
 * cannot be read is ERR_CONFIG with its line. */
struct dns *dns_open(const struct dns_conf *conf, struct err *err);
void dns_close(struct dns *dns);

/* Asks and waits, at most until deadline_ms (clock_monotonic_ms; 0: the
 * configured timeout alone).  Never fails: trouble is DNS_TEMPERROR.  Names
 * are presentation form (a label may hold \DDD).  A small cache serves
 * repeated questions within one process. */
void dns_ask(struct dns *dns, struct slice name, enum dns_type type,
    int64_t deadline_ms, struct dns_answer *answer);
void dns_answer_free(struct dns_answer *answer);

/* Asynchronous: the question's number, then answers as they come.  fd is
 * readable when dns_receive has something. */
uint32_t dns_send(struct dns *dns, struct slice name, enum dns_type type);
int dns_fd(const struct dns *dns);
/* 1: *id and *answer are set; 0: nothing there now. */
int dns_receive(struct dns *dns, uint32_t *id, struct dns_answer *answer);

#endif
