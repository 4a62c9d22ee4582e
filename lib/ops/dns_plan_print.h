/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_DNS_PLAN_PRINT_H
#define FE_OPS_DNS_PLAN_PRINT_H

#include "ops/dns_plan.h"

/*
 * A plan as it is typed into a web form, as lines of a zone, or as JSON lines.
 */
enum dns_plan_form { PLAN_TEXT, PLAN_ZONE, PLAN_JSON };

/* Appends it.  `only' are domains (none: all): in a zone file what lies
 * outside of them stands in comments.  `ttl' in seconds. */
void dns_plan_print(const struct dns_plan *plan, enum dns_plan_form form,
    const struct option_list *only, int64_t ttl, struct buf *out);
/* Appends the data of one record as it stands in a zone file: strings of at
 * most 255 octets in quotes, names with a final dot (RFC 1035, 5.1). */
void dns_plan_print_rdata(const struct dns_plan_record *record,
    struct buf *out);

#endif
