/* SPDX-License-Identifier: ISC */
#ifndef FE_SCAN_DNSBL_H
#define FE_SCAN_DNSBL_H

#include "base/option.h"
#include "net/dns.h"
#include "net/ip.h"
#include "scan/urls.h"

/*
 * Lists in DNS (RFC 5782): of addresses (DNSBL) and of the names that links
 * lead to (URIBL), each with a weight.  Without zones nothing is asked.
 */
struct dnsbl_zone {
	struct slice name;
	int64_t weight; /* above 0: speaks against the sender */
};
struct dnsbl_conf {
	struct option_list addresses, links; /* `ZONE' or `ZONE:WEIGHT' */
};
struct dnsbl {
	struct dnsbl_zone *zones; /* those of addresses first */
	size_t n, addresses_n;
	struct dns *dns; /* the caller's; NULL: no zones */
};

#define DNSBL_ZONES_MAX 32
#define DNSBL_NAMES_MAX 20 /* of links in a message that are asked for */

/* ERR_CONFIG. */
int dnsbl_read(struct dnsbl *b, const struct dnsbl_conf *conf,
    struct err *err);
/* For `check' of options (option.h). */
int dnsbl_check_zone(const char *text, struct err *err);
void dnsbl_free(struct dnsbl *b);
/* Appends what was found to an open JSON array, and returns the sum of the
 * weights; waits until until_ms (clock_monotonic_ms) at most. */
int64_t dnsbl_ask(struct dnsbl *b, const struct ip *ip,
    const struct urls *urls, int64_t until_ms, struct json_writer *w);

#endif
