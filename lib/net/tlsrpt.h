/* SPDX-License-Identifier: ISC */
#ifndef FE_NET_TLSRPT_H
#define FE_NET_TLSRPT_H

#include "base/slice.h"

/*
 * The record of SMTP TLS reporting (RFC 8460, 3): where a domain wants to
 * hear of TLS that failed.  Hostile text where it is not ours.
 */
#define TLSRPT_URIS_MAX 16

struct tlsrpt_record {
	struct slice uris[TLSRPT_URIS_MAX]; /* `mailto:...', `https:...' */
	size_t n;
};

/* Does the TXT record begin with v=TLSRPTv1?  Two such records are none. */
bool tlsrpt_record_is_one(struct slice text);
/* -1 and *why, a sentence, when the record is none.  URIs of other schemes
 * than the two are passed over; one must be left. */
int tlsrpt_record_parse(struct tlsrpt_record *record, struct slice text,
    const char **why);

#endif
