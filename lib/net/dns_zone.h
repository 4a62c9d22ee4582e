/* SPDX-License-Identifier: ISC */
#ifndef FE_NET_DNS_ZONE_H
#define FE_NET_DNS_ZONE_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

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
 * with \# (RFC 3597).  NS records below the root are read and left out: there
 * is one server for everything, and a delegation would lead off the file.
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

struct dns_zone {
	struct buf text; /* one record a line, sorted, names absolute */
	struct dns_special *specials;
	size_t specials_n;
};

/* `path' is for the sentence of a bad line: ERR_CONFIG `PATH:LINE: ...'. */
int dns_zone_parse(struct dns_zone *zone, const char *path, struct slice text,
    struct err *err);
int dns_zone_read(struct dns_zone *zone, const char *path, struct err *err);
void dns_zone_free(struct dns_zone *zone);
/* What was said of a name in normal form, or NULL. */
const struct dns_special *dns_zone_special(const struct dns_zone *zone,
    struct slice name);

#endif
