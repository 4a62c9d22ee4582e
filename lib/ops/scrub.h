/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_SCRUB_H
#define FE_OPS_SCRUB_H

#include "base/buf.h"
#include "base/pseudonym.h"

/*
 * Makes a line of a log anonymous: addresses and account names become
 * pseudonyms (base/pseudonym.h), IP addresses their networks, names of clients
 * lose what is in front of the domain, and what people or strangers wrote
 * (subjects, replies of other servers, queries of URLs) goes.  Knows how
 * Postfix, Dovecot, nginx, sshd, sudo and cron write, and any log of JSON
 * objects; of others it takes out what looks like an address, an IP address or
 * a NAME=VALUE of a person.
 */
#define SCRUB_LINE_MAX ((size_t)64 << 10) /* longer lines are cut there */

struct scrub {
	const unsigned char *key; /* PSEUDONYM_KEY_SIZE octets, of today */
	struct buf plain, work, text, value; /* scratch */
};
#define SCRUB_INIT {NULL, BUF_INIT, BUF_INIT, BUF_INIT, BUF_INIT}

/* Appends the line without its line end.  What comes out holds no control
 * character and nothing that personal_next() finds. */
void scrub_line(struct scrub *s, struct slice line, struct buf *out);
/* The pseudonym of an address or account, as scrub_line() writes it. */
void scrub_name(const struct scrub *s, struct slice name, struct buf *out);
void scrub_free(struct scrub *s);

#endif
