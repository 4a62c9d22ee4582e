/* SPDX-License-Identifier: ISC */
#ifndef FE_AUTH_CANON_H
#define FE_AUTH_CANON_H

#include <stdint.h>

#include "base/buf.h"

/*
 * Canonical forms (RFC 6376, 3.4).  Bodies go in pieces into a sink, without
 * a second copy.
 */
enum canon { CANON_SIMPLE, CANON_RELAXED };

/* Takes a piece of the canonical form. */
struct canon_sink {
	void (*take)(void *cookie, const void *p, size_t n);
	void *cookie;
};

/* One pass over a body with CRLF line ends (behind the empty line; none is an
 * empty one).  Returns the octets of its canonical form. */
uint64_t canon_body(enum canon canon, struct slice body,
    const struct canon_sink *sink);
/* Appends the canonical form of one field, its CRLF included.  `whole' is the
 * field as it stands, `name' and `value' its parts (mail/header.h). */
int canon_field(enum canon canon, struct slice name, struct slice value,
    struct slice whole, struct buf *out);

#endif
