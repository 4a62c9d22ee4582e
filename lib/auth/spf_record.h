/* SPDX-License-Identifier: ISC */
#ifndef FE_AUTH_SPF_RECORD_H
#define FE_AUTH_SPF_RECORD_H

#include "auth/auth.h"
#include "net/ip.h"

/*
 * An SPF record, read as a whole (RFC 7208, 4.6 and 12): an error anywhere in
 * it spoils all of it, before anything is evaluated.
 */
#define SPF_TERMS_MAX 1024 /* a 64 KB record of nothing but `a' is no policy */

enum spf_mechanism { SPF_ALL, SPF_INCLUDE, SPF_A, SPF_MX, SPF_PTR, SPF_IP4,
	SPF_IP6, SPF_EXISTS };

struct spf_term {
	enum spf_mechanism mechanism;
	enum auth_result result; /* what a match means */
	struct slice text;       /* as written */
	struct slice domain;     /* domain-spec with its macros, or none */
	unsigned bits4, bits6;
	struct ip network;       /* ip4, ip6 */
};

struct spf_record {
	struct spf_term *terms;
	size_t n;
	struct slice redirect, exp; /* domain-specs, or none */
};

/* `v=spf1', then a space or the end. */
bool spf_record_is_one(struct slice text);
/* -1 and *bad, the term that breaks the syntax.  Slices point into text. */
int spf_record_parse(struct spf_record *record, struct slice text,
    struct slice *bad);
void spf_record_free(struct spf_record *record);

#endif
