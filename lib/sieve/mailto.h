/* SPDX-License-Identifier: ISC */
#ifndef FE_SIEVE_MAILTO_H
#define FE_SIEVE_MAILTO_H

#include "arena.h"

/*
 * The URIs of `notify' (RFC 5436; RFC 6068): to whom, and with which header
 * fields.
 */
#define MAILTO_RECIPIENTS_MAX 10

struct mailto {
	struct slice to[MAILTO_RECIPIENTS_MAX];
	size_t n;
	struct slice subject, body; /* or none */
};

/* Slices into the arena.  -1: no such URI. */
int mailto_parse(struct slice uri, struct arena *arena, struct mailto *out);
bool mailto_is_valid(struct slice uri);
/* A URI with another scheme, whatever stands behind that. */
bool mailto_is_other_uri(struct slice uri);
/* Appends the text with all but unreserved characters as %XX (RFC 5435,
 * 6.1). */
int mailto_encode(struct slice text, struct buf *out);

#endif
