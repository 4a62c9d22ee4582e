/* SPDX-License-Identifier: ISC */
#ifndef FE_NET_DANE_H
#define FE_NET_DANE_H

#include <stdint.h>

#include "base/buf.h"
#include "base/slice.h"

/*
 * TLSA records (RFC 6698, 2.1), for SMTP as RFC 7672 has them: usages DANE-TA
 * (2) and DANE-EE (3) alone.
 */
struct tlsa {
	uint8_t usage, selector, matching;
	struct slice data; /* of the association, raw */
};
#define TLSA_DATA_MAX 8192 /* a whole certificate */

/* Reads the rdata of an answer, which is hostile; the slice points into it.
 * -1 for a record that says nothing: too short or long, a digest of a wrong
 * length. */
int tlsa_parse(struct tlsa *tlsa, struct slice rdata);
/* Of use to SMTP: usage 2 or 3, selector 0 or 1, matching 0 to 2. */
bool tlsa_is_usable(const struct tlsa *tlsa);
bool tlsa_equal(const struct tlsa *a, const struct tlsa *b);
/* Appends `3 1 1 HEX'. */
void tlsa_text(const struct tlsa *tlsa, struct buf *out);
/* Appends the owner's name, `_25._tcp.HOST'. */
void tlsa_name(struct slice host, unsigned port, struct buf *out);

#endif
