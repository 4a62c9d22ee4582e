/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_PERSONAL_H
#define FE_OPS_PERSONAL_H

#include <stdbool.h>

#include "base/buf.h"

/*
 * Where people stand in a line of text: e-mail addresses in any shape, whole
 * IP addresses, hardware addresses.  When unsure more is taken, not less: what
 * hides people (scrub.h) and what looks for them (log_audit.h) share it.
 */

/* Appends the line made plain: no control characters (`?'; tabs stay), and
 * other ways to write @ : and . (%40, %2540, \u0040, \x40, &#64;, U+FF20)
 * undone.  What follows works on that only. */
void personal_normalize(struct slice line, struct buf *out);

enum personal_kind {
	PERSONAL_NONE,
	PERSONAL_ADDRESS,
	PERSONAL_IP,        /* one that reads as an IP address */
	PERSONAL_HIDDEN_IP, /* in a host name, or with more behind it */
	PERSONAL_HARDWARE   /* MAC, fingerprint */
};
struct personal {
	enum personal_kind kind;
	size_t from, to;
	/* of the IP address, less a zone or prefix length */
	size_t ip_to;
};

/*	struct personal_walk walk = personal_walk(text);
 *	while (personal_next(&walk, &found)) ...
 * In order, without overlap. */
struct personal_walk {
	struct slice text;
	size_t at;
	struct personal address; /* the next one; kind NONE: not looked for */
	bool no_address;         /* none is left */
};
struct personal_walk personal_walk(struct slice text);
bool personal_next(struct personal_walk *walk, struct personal *found);

/* The address next in `text' at or behind `from'. (personal_address.c) */
bool personal_find_address(
    struct slice text, size_t from, struct personal *found);
/* The IP or hardware address next at or behind *at, before `limit'; none: *at
 * is the limit. (personal_ip.c) */
bool personal_find_ip(struct slice text, size_t *at, size_t limit,
    struct personal *found);
/* NUL behind the end. */
char personal_octet(struct slice text, size_t i);
/* Is this the name of a value that is a person's (user, from, ...)? */
bool personal_is_key(struct slice name);

#endif
