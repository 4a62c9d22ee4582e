/* SPDX-License-Identifier: ISC */
#ifndef FE_NET_LIMIT_CLIENT_H
#define FE_NET_LIMIT_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "net/ip.h"

/*
 * Asking `fe-limit --serve' about a connection and its recipients (fe-limit(1)
 * has the protocol).  A question is one datagram on a SOCK_SEQPACKET socket,
 * the meta of a record with a member `at'; so is its answer, with `limits'.
 *
 * Whoever accepts the connection asks first and names the client for good, so
 * that a session in a stranger's hands can accuse nobody else.  A server that
 * is dead, slow or mad is left alone from then on: nothing is over, and one
 * warning says so.
 */
#define LIMIT_DATAGRAM_MAX 32768
#define LIMIT_WAIT_MS 500   /* for an answer */
#define LIMIT_SLOW_MAX_S 10 /* however slow the server wants us */

struct limit_client {
	int fd;     /* -1: nobody to ask */
	bool asked; /* about the connection; the answer is to come */
	bool recipients, unknown; /* which RCPT there are rules for */
	bool over;  /* the client is banned: all else is over, too */
	int64_t retry_after_s, slow_s; /* then */
	struct buf entries; /* items of `limits', with commas between */
	size_t connection_n; /* of them: octets about the connection */
};

struct limit_question {
	const struct ip *ip;
	struct slice helo, user, from, to;
};

struct limit_answer {
	bool over;
	int64_t retry_after_s, slow_s;
};

/* Asks about a new connection without waiting for the answer; `lock' forbids
 * to name another client.  -1: errno. */
int limit_client_begin(int fd, const struct ip *ip, bool lock);

/* Takes over fd, where limit_client_begin was called if `asked'. */
void limit_client_init(struct limit_client *c, int fd, bool asked);
void limit_client_free(struct limit_client *c);
/* All wait for the answer, and never fail.  A recipient's answer is `over'
 * for a client that is banned without being asked for. */
void limit_client_connection(struct limit_client *c, const struct ip *ip,
    struct limit_answer *answer);
void limit_client_recipient(struct limit_client *c, bool exists,
    const struct limit_question *question, struct limit_answer *answer);
/* A new message: forgets the entries about earlier recipients. */
void limit_client_reset(struct limit_client *c);

/* Reads an answer, which nobody vouches for; adds its entries.  -1: it is
 * none. */
int limit_client_read(struct limit_client *c, struct slice text,
    struct limit_answer *answer);

#endif
