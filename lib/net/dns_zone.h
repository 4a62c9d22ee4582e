/* SPDX-License-Identifier: ISC */
#ifndef FE_NET_DNS_ZONE_H
#define FE_NET_DNS_ZONE_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "net/dns_answer.h"

/*
 * The file of --dns-zone: an RFC 1035 master file with origin "." and a TTL
 * of 300 where none is given, from which all answers come.  $ORIGIN and $TTL
 * are obeyed, $INCLUDE is refused.  Three lines of our own simulate trouble:
 *
 *	$SERVFAIL name		the resolver fails at once
 *	$TIMEOUT name		no answer ever comes
 *	$DELAY name ms		the answer comes so much later
 *
 * Types: A AAAA NS CNAME DNAME PTR MX TXT SPF SOA SRV CAA TLSA, and TYPEnnn
 * with \# (RFC 3597).  NS and SOA records below the root are read and left
 * out: there is one server for everything, and no delegation.
 */
#define DNS_ZONE_SIZE_MAX ((size_t)64 << 20)
#define DNS_ZONE_TTL 300

enum dns_trouble { DNS_TROUBLE_SERVFAIL, DNS_TROUBLE_TIMEOUT,
	DNS_TROUBLE_DELAY };

struct dns_special {
	enum dns_trouble trouble;
	char *name; /* normal form (dns_name.h) */
	int64_t delay_ms;
};

/* Sorted by key, type, data; no two are the same. */
struct dns_zone_record {
	size_t key; /* offset: the owner's labels from the root on, a NUL
	               behind each, so that what is below a name follows it */
	size_t key_n;
	size_t data; /* offset: as it stands on the wire */
	size_t data_n;
	uint32_t ttl;
	uint16_t type;
};

struct dns_zone {
	struct buf octets;
	struct dns_zone_record *records;
	size_t records_n;
	struct dns_special *specials;
	size_t specials_n;
	bool waits; /* something comes late or never */
};

/* `path' is for the sentence of a bad line: ERR_CONFIG `PATH:LINE: ...'. */
int dns_zone_parse(struct dns_zone *zone, const char *path, struct slice text,
    struct err *err);
int dns_zone_read(struct dns_zone *zone, const char *path, struct err *err);
void dns_zone_free(struct dns_zone *zone);
/* What was said of a name in normal form, or NULL. */
const struct dns_special *dns_zone_special(const struct dns_zone *zone,
    struct slice name);
/* Answers for a name in normal form as the zone's server does, with CNAME,
 * DNAME (RFC 6672) and wildcards (RFC 4592).  $SERVFAIL and chains without end
 * are DNS_TEMPERROR; $TIMEOUT and $DELAY are whoever asks' to obey. */
void dns_zone_answer(const struct dns_zone *zone, struct slice name,
    enum dns_type type, struct dns_answer *answer);
/* Appends the key of a name in normal form. */
void dns_zone_key(struct slice name, struct buf *out);

#endif
