/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_DNS_CHECK_H
#define FE_OPS_DNS_CHECK_H

#include "ops/dns_authority.h"
#include "ops/dns_plan.h"

/*
 * What DNS has, held against a plan.  Answers are hostile: what is repeated
 * of them is cut and made printable.
 */
enum finding_kind {
	FINDING_MISSING,
	FINDING_DIFFERENT,
	FINDING_EXTRA,   /* there, and in the way */
	FINDING_UNKNOWN, /* nobody answered */
	FINDING_HINT     /* right, but could be better: no difference */
};
const char *finding_kind_text(enum finding_kind kind);

struct finding {
	enum finding_kind kind;
	char *name;
	enum dns_type type;
	char *text;      /* a clause */
	struct buf servers; /* that have it so, when not all do; else empty */
	size_t views;
};
struct findings {
	struct finding *items;
	size_t n;
};
#define FINDINGS_INIT {NULL, 0}
#define FINDINGS_MAX 1000 /* one plan and its servers say no more */

/* Never fails: what could not be asked is a finding. */
void dns_check(const struct dns_plan *plan, const struct dns_plan_conf *conf,
    struct authorities *authorities, struct findings *out);
void findings_free(struct findings *findings);

#endif
