/* SPDX-License-Identifier: ISC */
#ifndef FE_NET_SMTP_SESSION_H
#define FE_NET_SMTP_SESSION_H

#include "net/smtp.h"
#include "net/smtp_client.h"
#include "net/smtp_data.h"

/*
 * The dialogue of one SMTP or LMTP connection: RFC 5321 and 2033 with
 * PIPELINING, SIZE, 8BITMIME, SMTPUTF8, CHUNKING, ENHANCEDSTATUSCODES,
 * STARTTLS, LIMITS (RFC 9422) and, for whom it is allowed, XCLIENT and
 * XFORWARD.  No input or output: lines and octets come in by call, replies go
 * into a buffer.  Who may send and receive, and what becomes of a message, its
 * handler decides.
 */
enum smtp_tls { SMTP_TLS_OFF, SMTP_TLS_OFFER, SMTP_TLS_REQUIRE,
	SMTP_TLS_IMPLICIT };

#define SMTP_COMMAND_MAX 2048  /* octets of a line; RFC 5321 wants 512 */
#define SMTP_ADDRESS_MAX 1024  /* octets of one in the envelope */
#define SMTP_IDLE_COMMANDS_MAX 1000 /* without a message in between */

struct smtp_conf {
	const char *hostname; /* of ours */
	bool lmtp;
	enum smtp_tls tls;
	bool xclient; /* this client may say who the client is: XCLIENT for
		       * all that follows, XFORWARD for one message */
	struct smtp_limits limits;
	int64_t recipients_max; /* of a message */
	int64_t mails_max;      /* of a connection */
	int64_t errors_max;     /* of a connection */
};

struct smtp_envelope {
	bool begun;
	struct buf from;     /* empty: the null path */
	char **to;           /* addresses */
	size_t to_n, to_capacity;
	bool utf8;           /* SMTPUTF8 */
	bool eight_bit;      /* BODY=8BITMIME */
	bool body_given;
	int64_t size;        /* as declared; 0: not */
};

struct smtp_session;
struct smtp_handler {
	/* Judges a path; appends the address for the envelope.  0, or -1 and
	 * the reply. */
	int (*sender)(void *context, struct slice path, bool utf8,
	    struct buf *address, struct smtp_reply *reply);
	int (*recipient)(void *context, struct slice path, bool utf8,
	    struct buf *address, struct smtp_reply *reply);
	/* A sound message: fills n replies, 1, or with LMTP one a recipient.
	 * May take the body. */
	void (*message)(void *context, struct smtp_session *s,
	    const struct smtp_header_facts *facts, struct smtp_reply *replies,
	    size_t n);
	void *context;
	/* A message was refused for what it is; may be NULL. */
	void (*fault)(void *context, enum smtp_fault fault);
};

enum smtp_next {
	SMTP_NEXT_COMMAND, /* give a line */
	SMTP_NEXT_OCTETS,  /* give octets of the message */
	SMTP_NEXT_TLS,     /* send what is in out, then shake hands */
	SMTP_NEXT_CLOSE    /* send what is in out, then hang up */
};

struct smtp_session {
	const struct smtp_conf *conf;
	const struct smtp_handler *handler;
	struct buf *out; /* the caller's */
	enum smtp_next next;
	struct smtp_client client;
	struct smtp_client origin; /* of the message in hand, by XFORWARD */
	bool forwarded;
	struct smtp_envelope envelope;
	struct smtp_data data;
	struct buf body;
	bool in_chunks, in_chunk, chunk_last, chunk_wanted;
	int64_t chunk_left, chunk_size;
	bool mail_refused; /* what is pipelined behind is no new error */
	int64_t mails, errors, idle_commands;
	int64_t messages;  /* accepted with 2xx */
};

void smtp_session_init(struct smtp_session *s, const struct smtp_conf *conf,
    const struct smtp_handler *handler, struct buf *out);
void smtp_session_free(struct smtp_session *s);
/* Whose message it is: the client's, or the origin's. */
const struct smtp_client *smtp_session_origin(const struct smtp_session *s);
/* 220. */
void smtp_session_greet(struct smtp_session *s);
/* A line without its LF: the CR that must be its end is still there. */
void smtp_session_command(struct smtp_session *s, struct slice line);
/* A line that was too long, and passed over. */
void smtp_session_overlong(struct smtp_session *s);
/* Octets of a message: returns how many were used. */
size_t smtp_session_take(struct smtp_session *s, struct slice octets);
/* TLS stands: all that was said before is forgotten (RFC 3207, 4.2). */
void smtp_session_secure(
    struct smtp_session *s, const char *version, const char *cipher);
/* A last reply; next is SMTP_NEXT_CLOSE. */
void smtp_session_close(struct smtp_session *s, int code, const char *enhanced,
    const char *text);

#endif
