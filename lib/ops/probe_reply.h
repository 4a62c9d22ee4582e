/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_PROBE_REPLY_H
#define FE_OPS_PROBE_REPLY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

/*
 * Replies of mail servers: SMTP (RFC 5321, 4.2), IMAP (RFC 9051, 7), POP3 (RFC
 * 1939, 3).  The text is hostile; slices point into it.
 */
enum probe_protocol { PROBE_SMTP, PROBE_IMAP, PROBE_POP3, PROBE_HTTP };
#define PROBE_REPLY_MAX ((size_t)64 << 10)

struct probe_reply {
	int code;          /* SMTP's; of the others 250 for OK, 550 for no */
	struct slice text; /* all lines */
};
/* What a reply may be. */
struct probe_expected {
	enum probe_protocol protocol;
	const char *tag; /* IMAP: of the command; NULL: a greeting */
	bool many;       /* POP3: lines up to a dot follow an OK */
};
/* 1: a whole reply, of *used octets; 0: more is needed; -1: it is none. */
int probe_reply_parse(const struct probe_expected *expected, struct slice input,
    struct probe_reply *reply, size_t *used);

#endif
