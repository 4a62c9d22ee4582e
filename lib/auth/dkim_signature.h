/* SPDX-License-Identifier: ISC */
#ifndef FE_AUTH_DKIM_SIGNATURE_H
#define FE_AUTH_DKIM_SIGNATURE_H

#include <stdint.h>

#include "auth/auth.h"
#include "auth/canon.h"
#include "auth/dkim_key.h"

/*
 * A DKIM-Signature field (RFC 6376, 3.5; RFC 8463), or one of ARC's two (RFC
 * 8617, 4.1), read and judged by itself, before any key.  Slices point into
 * the field.
 */
enum signature_kind { SIGNATURE_DKIM, SIGNATURE_ARC_MESSAGE,
	SIGNATURE_ARC_SEAL };
#define ARC_SETS_MAX 50 /* RFC 8617, 4.2.1 */
#define DKIM_SIGNED_NAMES_MAX 512 /* in one h= */
#define DKIM_SIGNATURE_OCTETS_MAX 1024

struct dkim_signature {
	enum dkim_key_type type;
	bool sha1;             /* rsa-sha1: never verified (RFC 8301) */
	struct slice algorithm;
	enum canon header_canon, body_canon;
	struct buf domain;     /* d=, as A-labels in lower case */
	struct slice selector, identity; /* i= or none */
	struct slice names;    /* h=, raw */
	bool has_length;
	uint64_t length;       /* l= */
	int64_t timestamp, expires; /* seconds; -1: none */
	unsigned char body_hash[32];
	struct buf signature;  /* b=, octets */
	struct slice raw_b;    /* b=, as it stands in the field */
	unsigned instance;     /* i= of ARC, 1..50; 0: it cannot be read */
	struct slice chain;    /* cv= of a seal */
};

/* Fills all that can be read.  0, or -1 with the result that the signature
 * gets and *why, a sentence. */
int dkim_signature_parse(struct dkim_signature *s, enum signature_kind kind,
    struct slice value, enum auth_result *result, const char **why);
void dkim_signature_free(struct dkim_signature *s);
/* Takes the next field name of h= off *names; none at the end. */
struct slice dkim_signature_next_name(struct slice *names);
/* How often h= has this name (case-blind). */
size_t dkim_signature_count_name(const struct dkim_signature *s,
    const char *name);

#endif
