/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_ROTATE_DNS_H
#define FE_OPS_ROTATE_DNS_H

#include "net/dns_answer.h"
#include "ops/dns_plan.h"
#include "ops/rotation.h"

/*
 * Whether a record is in DNS, as the authoritative servers of its zone have
 * it, or whom the options name instead.
 */
enum rotate_dns_answer {
	ROTATE_DNS_THERE,   /* all servers have it */
	ROTATE_DNS_MISSING, /* one at least has not */
	ROTATE_DNS_UNKNOWN  /* one does not answer */
};
struct rotate_dns_question {
	enum dns_plan_kind kind; /* PLAN_DKIM or PLAN_TLSA */
	enum dns_type type;
	const char *name;
	const char *value; /* NULL: is there any? */
};
/* Starts the resolver, once: before secrets are read.  Nothing with --no-dns
 * and --force. */
int rotate_dns_open(struct rotation *r, struct err *err);
/* With --no-dns or --force nobody is asked, and all is there (of value NULL:
 * nothing).  *why, a clause, is replaced.  -1: ERR_CONFIG, ERR_SYSTEM. */
int rotate_dns_ask(struct rotation *r,
    const struct rotate_dns_question *question,
    enum rotate_dns_answer *answer, struct buf *why, struct err *err);
void rotate_dns_close(struct rotation *r);

#endif
