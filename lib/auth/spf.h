/* SPDX-License-Identifier: ISC */
#ifndef FE_AUTH_SPF_H
#define FE_AUTH_SPF_H

#include "auth/auth.h"
#include "net/ip.h"

/*
 * check_host() of RFC 7208.  Limits: 10 terms that ask DNS, 2 void lookups,
 * 10 names of an MX or PTR (4.6.4), and the context's deadline over all.
 */
#define SPF_LOOKUPS_MAX 10
#define SPF_VOID_MAX 2
#define SPF_NAMES_MAX 10
#define SPF_EXPLANATION_MAX 512

struct spf_query {
	struct ip client;
	struct slice helo;
	struct slice mail_from; /* path without brackets; "" or none: null */
	struct slice receiver;  /* our name, for macros */
};

struct spf_result {
	enum auth_result result;
	struct buf domain;      /* that was judged, as A-labels */
	struct buf explanation; /* of a fail, from its owner; printable ASCII */
	struct buf reason;      /* the term that decided, or what was wrong */
};

enum spf_scope { SPF_MFROM, SPF_HELO };

/* Judges the sender's domain (the HELO name, where the path is null) or, with
 * SPF_HELO, the HELO name.  Never fails. */
void spf_check(struct auth_context *ctx, const struct spf_query *query,
    enum spf_scope scope, struct spf_result *out);
void spf_result_free(struct spf_result *r);
/* Asks for the first records without waiting. */
void spf_prefetch(struct auth_context *ctx, const struct spf_query *query);

#endif
