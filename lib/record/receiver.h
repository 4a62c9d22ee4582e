/* SPDX-License-Identifier: ISC */
#ifndef FE_RECORD_RECEIVER_H
#define FE_RECORD_RECEIVER_H

#include "base/event_socket.h"
#include "net/limit_client.h"
#include "net/smtp_server.h"
#include "record/acceptance.h"
#include "record/pipeline.h"
#include "record/reception.h"

/*
 * One connection's mail: the handler of an SMTP or LMTP session (net/
 * smtp_session.h) that takes mail for those who may have it and hands it to a
 * delivery (pipeline.h).  The owner fills it in and runs the session.
 */
struct receiver {
	struct smtp_session session;
	struct acceptance acceptance;
	struct pipeline pipeline;
	struct limit_client limit;
	unsigned char *fingerprint_key; /* RECEPTION_KEY_SIZE octets */
	int64_t deadline_ms;            /* for a delivery */
	/* Before each MAIL: the tables may be old. */
	void (*refresh)(void *context);
	void *context;
	struct event_sender *events; /* security events, fe-event(5) */
	bool failed; /* through a fault of ours */

	size_t envelope_size; /* octets of the envelope's recipients */
	int64_t mail_begun_us;
};

/* The handler; it and the receiver live as long as the session. */
struct smtp_handler receiver_handler(struct receiver *r);
/* Is the connection over a limit of fe-limit?  Then true and the reply, before
 * anything else is said. */
bool receiver_is_limited(struct receiver *r, struct smtp_reply *reply);
/* The line of the log at the end of a connection, and where a client has
 * misbehaved the security event; err says why, or nothing. */
void receiver_log_end(
    struct receiver *r, enum smtp_end end, const struct err *err);

#endif
