/* SPDX-License-Identifier: ISC */
#ifndef FE_RECORD_INTAKE_H
#define FE_RECORD_INTAKE_H

#include "base/option.h"
#include "record/lines.h"
#include "record/stream.h"

/*
 * A plain message becomes a record: bare LF is taken as CRLF, an mbox `From '
 * line in front is dropped, and the envelope and the client are what the
 * command line says or, with `trust_received', what the header says in
 * places where only our own server can have written.
 */
struct intake {
	const char *client_ip, *helo, *mail_from; /* NULL: not given */
	const char *trust_received;               /* host, or NULL */
	const struct option_list *rcpt;           /* or NULL */
	int64_t size_max; /* of the body, with CRLF */
};

/* Is what was given an address, a name, an IP?  ERR_USAGE. */
int intake_check(const struct intake *intake, struct err *err);

/* Fills a fresh record from the octets of one message (emptied; not copied
 * where the line ends are CRLF): id, size, received, client, envelope.
 * ERR_MESSAGE when the body is over size_max or empty. */
int intake_message(const struct intake *intake, struct buf *octets,
    struct record *r, struct err *err);

/* The body alone: octets (emptied) with CRLF into r, and its size. */
int intake_body(struct buf *octets, int64_t size_max, struct record *r,
    struct err *err);

/* The envelope alone, as the command line has it; nothing where it has none.
 */
void intake_envelope(const struct intake *intake, struct record *r);

/* What the topmost Received field written `by HOST' says of its client, and
 * what a Return-Path above that field says of the sender.  Slices into
 * `text'; none where there is nothing. */
struct trusted {
	struct slice ip, helo, sender;
	bool has_sender; /* the null path is an empty sender */
	struct buf text;
};
void trusted_find(
    struct trusted *trusted, struct slice message, const char *host);
void trusted_free(struct trusted *trusted);

#endif
