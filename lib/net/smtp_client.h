/* SPDX-License-Identifier: ISC */
#ifndef FE_NET_SMTP_CLIENT_H
#define FE_NET_SMTP_CLIENT_H

#include "net/ip.h"
#include "net/smtp.h"

/* What a server knows of its client. */
struct smtp_client {
	struct ip ip;
	uint16_t port;   /* 0: unknown */
	struct buf name; /* from XCLIENT and XFORWARD only */
	struct buf helo;
	struct buf user; /* authenticated (XCLIENT LOGIN) */
	bool extended;   /* EHLO or LHLO */
	const char *tls_version, *tls_cipher; /* NULL: plain */
};

/* XCLIENT as Postfix has it (XCLIENT_README), for trusted networks: who the
 * client behind a proxy is.  REVERSE_NAME, DESTADDR and DESTPORT are taken
 * and not used. */
#define SMTP_XCLIENT_EXTENSION \
	"XCLIENT NAME ADDR PORT PROTO HELO LOGIN REVERSE_NAME DESTADDR " \
	"DESTPORT"

/* XFORWARD (XFORWARD_README): where a message came from that a relay of ours
 * hands on.  IDENT and SOURCE are taken and not used. */
#define SMTP_XFORWARD_EXTENSION \
	"XFORWARD NAME ADDR PORT PROTO HELO IDENT SOURCE"

/* Changes what is known of the client.  -1 and the reply: then nothing has
 * changed. */
int smtp_client_override(struct smtp_client *client, struct slice argument,
    struct smtp_reply *reply);
/* Adds to what is known of a message's origin, which begins as nothing.  A
 * name that could not stand in a trace is taken as unknown: the relay has it
 * from a stranger. */
int smtp_client_forward(struct smtp_client *origin, struct slice argument,
    struct smtp_reply *reply);

void smtp_client_init(struct smtp_client *client);
/* Forgets all. */
void smtp_client_reset(struct smtp_client *client);
void smtp_client_free(struct smtp_client *client);

#endif
