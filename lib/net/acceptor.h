/* SPDX-License-Identifier: ISC */
#ifndef FE_NET_ACCEPTOR_H
#define FE_NET_ACCEPTOR_H

#include "net/ip.h"
#include "net/launch.h"
#include "net/tally.h"

/*
 * A server that accepts for itself: one parent that forks a session for each
 * connection, without exec, and is the monitor (monitor.h) of all of them.
 * It never reads an octet of a connection, never waits for a session, and
 * holds no key.
 *
 * Over `max' connections the next ones wait in the backlog; if they wait, the
 * sessions that have taken no message for longest are told to end (SIGTERM),
 * those excepted whose last one is less than grace_ms ago.
 */

struct acceptor_conf {
	struct launch_conf launch;
	int64_t patience_ms; /* how long a pipeline may take to end */
	size_t max;          /* sessions at once */
	size_t max_per_address; /* of one client (ip_client) */
	const char *busy;    /* what those over it hear, with its line end */
	int64_t drain_ms;    /* how long sessions may go on after SIGTERM */
	int64_t grace_ms;    /* see above */
	struct tally *tally; /* of max slots */
	/* In the child: descriptors 0 and 1 are the connection, 2 is ours, 3
	 * the socket to the parent, nothing else is open.  The result is its
	 * exit status. */
	int (*session)(void *context, size_t slot, const struct ip *ip,
	    uint16_t port);
	/* Just before a session is forked. */
	void (*prepare)(void *context);
	/* SIGHUP; then it goes on to the sessions. */
	void (*reload)(void *context);
	/* A child that is no session and no delivery has ended. */
	void (*reap)(void *context, pid_t pid);
	/* A channel to the key process for a session, or -1. */
	int (*signer)(void *context, struct err *err);
	void *context;
};

enum { ACCEPTOR_MONITOR_FD = 3 };

/* Until SIGTERM or SIGINT, and then until the sessions have ended.  Takes the
 * listeners over.  -1: it could not begin. */
int acceptor_run(const int *listeners, size_t n,
    const struct acceptor_conf *conf, struct err *err);

#endif
