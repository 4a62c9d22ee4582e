/* SPDX-License-Identifier: ISC */
#ifndef FE_NET_SMTP_CLIENT_H
#define FE_NET_SMTP_CLIENT_H

#include "net/ip.h"
#include "net/smtp.h"

/* What a server knows of its client. */
struct smtp_client {
	struct ip ip;
	uint16_t port;   /* 0: unknown */
	struct buf name; /* from XCLIENT only */
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

/* Changes what is known of the client.  -1 and the reply: then nothing has
 * changed. */
int smtp_client_override(struct smtp_client *client, struct slice argument,
    struct smtp_reply *reply);

#endif
