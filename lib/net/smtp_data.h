/* SPDX-License-Identifier: ISC */
#ifndef FE_NET_SMTP_DATA_H
#define FE_NET_SMTP_DATA_H

#include <stdint.h>

#include "base/buf.h"
#include "base/slice.h"
#include "net/ration.h"

/*
 * The message as it comes in: DATA with its dots taken off (RFC 5321, 4.5.2)
 * or BDAT chunks (RFC 3030).  The one end of DATA is CRLF.CRLF; a CR or LF
 * that stands alone spoils the message (smuggling: what one server takes for
 * an end, the next takes for text), and what follows is read up to the true
 * end and thrown away.  Octets may come in pieces of any size.
 */
enum smtp_fault {
	SMTP_SOUND,
	SMTP_TOO_LARGE,    /* over size_max */
	SMTP_NO_MEMORY,    /* over memory_max */
	SMTP_BARE_LINE_END,
	SMTP_LINE_TOO_LONG,
	SMTP_HEADER_TOO_LARGE,
	SMTP_LOOP          /* over received_max Received fields */
};

struct smtp_limits {
	int64_t size_max;
	int64_t memory_max;
	int64_t header_max;   /* octets before the empty line */
	int64_t line_max;     /* octets of a line without its CRLF */
	int64_t received_max; /* Received fields */
	/* Where not NULL, memory_max is for all sessions of a parent and this
	 * is our part of it. */
	struct ration *ration;
};

/* What the header says, found out once at the end. */
struct smtp_header_facts {
	int64_t size; /* of the header, without the empty line */
	int64_t received;
	bool has_date, has_message_id;
};

struct smtp_data {
	const struct smtp_limits *limits;
	struct buf *body; /* what is sound of it, unstuffed */
	enum smtp_fault fault;
	int64_t size; /* octets seen, also those thrown away */
	int state;    /* smtp_data.c */
	int64_t line; /* octets of the present line so far */
	bool ended;
};

/* Begins a message; the body is emptied.  d is zeroed or was used before. */
void smtp_data_start(
    struct smtp_data *d, const struct smtp_limits *limits, struct buf *body);
/* Takes octets of DATA and returns how many of them were used: all, or up to
 * and with the end (d->ended is then true). */
size_t smtp_data_take(struct smtp_data *d, struct slice octets);
/* Takes a piece of a BDAT chunk. */
void smtp_data_take_chunk(struct smtp_data *d, struct slice octets);
/* The end was seen: checks the header.  Returns the fault. */
enum smtp_fault smtp_data_finish(
    struct smtp_data *d, struct smtp_header_facts *facts);
/* Forgets the body from now on because of a fault of the caller's. */
void smtp_data_spoil(struct smtp_data *d, enum smtp_fault fault);
/* The body is gone: gives back to the ration. */
void smtp_data_release(struct smtp_data *d);

#endif
