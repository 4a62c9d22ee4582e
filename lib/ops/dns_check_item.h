/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_DNS_CHECK_ITEM_H
#define FE_OPS_DNS_CHECK_ITEM_H

#include "ops/dns_check.h"

/*
 * Within dns_check.c: one look at the records of one name and type, through
 * one resolver.
 */
#define CHECK_WANTED_MAX 64

struct dns_item {
	enum dns_plan_kind kind;
	enum dns_type type;
	const char *name;
	const struct dns_plan_record *wanted[CHECK_WANTED_MAX];
	size_t n;
};

struct checking {
	const struct dns_plan *plan;
	const struct dns_plan_conf *conf;
	struct dns_item item;
	struct dns_view *view;
	struct findings *out;
};

/* The text is built from printable pieces (checking_quote). */
void checking_say(struct checking *c, enum finding_kind kind,
    const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Asks for the item's name (or another) and type; false, and said, when
 * nobody answers. */
bool checking_ask(struct checking *c, const char *name, enum dns_type type,
    struct dns_answer *answer);
/* Appends octets of strangers between quotes, cut, without control octets. */
void checking_quote(struct slice octets, struct buf *out);

/* Of the kinds that are text: SPF, DKIM, DMARC, reports, MTA-STS, TLSRPT. */
void checking_text(struct checking *c);
/* Of the others. */
void checking_host(struct checking *c);
/* A host that mail goes to: no alias, and somewhere. */
void checking_mx_target(struct checking *c, const char *host);

#endif
