/* SPDX-License-Identifier: ISC */
#ifndef FE_AUTH_IPREV_H
#define FE_AUTH_IPREV_H

#include "auth/auth.h"
#include "net/ip.h"

/*
 * The client's reverse name, confirmed forwards (RFC 8601, 3).
 *
 *	pass       a name of its PTR record has this address
 *	fail       names there are, but none has it
 *	permerror  there is no PTR record
 *	none       the address is not known, or DNS is off
 */
#define IPREV_NAMES_MAX 10 /* PTR names looked at */

struct iprev_result {
	enum auth_result result;
	struct buf name; /* the confirmed name, or the first that was not */
};

/* Appends the name of the address's PTR record. */
void iprev_reverse_name(const struct ip *ip, struct buf *out);
/* Has the name this address?  pass, fail, or temperror. */
enum auth_result iprev_confirm(struct auth_context *ctx, const char *check,
    const struct ip *ip, struct slice name);
void iprev_check(struct auth_context *ctx, const struct ip *ip,
    struct iprev_result *out);
void iprev_result_free(struct iprev_result *r);

#endif
