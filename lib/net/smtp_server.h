/* SPDX-License-Identifier: ISC */
#ifndef FE_NET_SMTP_SERVER_H
#define FE_NET_SMTP_SERVER_H

#include "net/line.h"
#include "net/proxy.h"
#include "net/smtp_session.h"
#include "net/tls.h"

/*
 * Carries a session's dialogue over a connection: reads, answers in batches,
 * keeps the times of RFC 5321, 4.5.3.2, shakes hands for TLS.
 */
struct smtp_server {
	struct line *line;
	struct smtp_session *session; /* its out is line->output */
	/* Makes TLS ready at its first use; NULL and err if it cannot. */
	struct tls_server *(*tls)(void *context, struct err *err);
	void *tls_context;
	int64_t command_ms; /* for a command */
	int64_t data_ms;    /* between two pieces of a message */
	int64_t message_ms; /* for a whole message */
	int64_t greet_ms;   /* how long to listen for an early talker */
	const struct smtp_reply *refusal; /* said instead of a greeting */
};

/* Why the connection ended, for the log. */
enum smtp_end {
	SMTP_END_QUIT,    /* we or the client said good-bye in order */
	SMTP_END_GONE,    /* the client has closed or broken it */
	SMTP_END_TIMEOUT,
	SMTP_END_STOPPED, /* line->stop */
	SMTP_END_EARLY,   /* spoke before it was greeted */
	SMTP_END_REFUSED, /* server->refusal */
	SMTP_END_TLS      /* no handshake */
};
const char *smtp_end_name(enum smtp_end end);

/* Reads a compulsory PROXY header, before all else.  -1: there is none. */
int smtp_server_read_proxy(struct smtp_server *server, struct proxy *proxy,
    int64_t timeout_ms, struct err *err);
/* The whole dialogue.  `err' tells more of a failed handshake. */
enum smtp_end smtp_server_run(struct smtp_server *server, struct err *err);

#endif
