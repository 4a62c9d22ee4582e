/* SPDX-License-Identifier: ISC */
#ifndef FE_NET_DNS_ANSWER_H
#define FE_NET_DNS_ANSWER_H

#include <stdint.h>

#include "base/slice.h"

/*
 * What DNS said to one question.
 */
enum dns_status {
	DNS_FOUND,    /* at least one record */
	DNS_NODATA,   /* the name exists, the type does not */
	DNS_NXDOMAIN, /* also for what can be no name */
	DNS_TEMPERROR, /* SERVFAIL, time-out, no resolver */
	DNS_OFF
};

enum dns_type {
	DNS_A = 1, DNS_NS = 2, DNS_CNAME = 5, DNS_PTR = 12, DNS_MX = 15,
	DNS_TXT = 16, DNS_AAAA = 28, DNS_TLSA = 52, DNS_CAA = 257
};

/* Records are sorted (MX by preference first, then by content). */
struct dns_record {
	struct slice data;   /* A, AAAA: 4 or 16 octets; TXT: strings joined;
	                        NS, PTR, CNAME, MX: name in normal form
	                        (dns_name.h: lower case, no final dot); else
	                        the wire */
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

/* Also ready for use again. */
void dns_answer_free(struct dns_answer *answer);
/* A second answer with the same content. */
void dns_answer_copy(struct dns_answer *to, const struct dns_answer *from);
/* `found', `no data', `no such name', `temporary error', `dns is off' */
const char *dns_status_text(enum dns_status status);

#endif
