/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_DNS_PLAN_HOST_H
#define FE_OPS_DNS_PLAN_HOST_H

#include "auth/selector.h"
#include "ops/dns_plan.h"

/*
 * Within dns_plan.c: the records of the host itself, which follow from its
 * addresses and its certificate.
 */
struct dns_plan_making {
	struct dns_plan *plan;
	const struct dns_plan_conf *conf;
	struct selectors selectors;
	struct buf certificate; /* PEM chain; empty: there is none */
};

/* One more record, unless --omit names its kind or it is there already. */
void dns_plan_add(struct dns_plan_making *m, enum dns_plan_kind kind,
    enum dns_type type, const char *name, const char *value, const char *why);
void dns_plan_note(struct dns_plan_making *m, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Reads the certificate. */
int dns_plan_host_read(struct dns_plan_making *m, struct err *err);
/* Would senders believe it for that name?  If not, the reason (replaced). */
bool dns_plan_certificate_fits(struct dns_plan_making *m, struct slice name,
    struct buf *reason);
/* A, AAAA, SPF of the HELO name, TLSA, CAA, PTR. */
int dns_plan_host_add(struct dns_plan_making *m, struct err *err);

#endif
