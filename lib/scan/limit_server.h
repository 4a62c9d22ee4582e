/* SPDX-License-Identifier: ISC */
#ifndef FE_SCAN_LIMIT_SERVER_H
#define FE_SCAN_LIMIT_SERVER_H

#include "base/socket_access.h"
#include "net/ip.h"
#include "scan/limiter.h"

/*
 * `fe-limit --serve': answers questions about limits over a SOCK_SEQPACKET
 * socket (net/limit_client.h).  All questions that wait share a transaction,
 * and are answered before it is committed.
 */
struct limit_peer {
	int fd;
	bool locked; /* the first question named the client, for good */
	char ip[IP_TEXT_SIZE];
};

/* Until one of the signals of the signalfd comes.  Takes both over. */
int limit_server_run(struct limiter *l, int listener, int signals,
    const struct socket_access *access, struct err *err);

/* Appends the answer to one question.  -1: it is none; the peer is not worth
 * talking to.  Within limiter_begin and limiter_end. */
int limit_server_answer(struct limiter *l, struct limit_peer *peer,
    struct slice question, struct buf *answer);

#endif
