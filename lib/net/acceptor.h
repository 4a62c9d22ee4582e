/* SPDX-License-Identifier: ISC */
#ifndef FE_NET_ACCEPTOR_H
#define FE_NET_ACCEPTOR_H

#include <stdbool.h>

#include "net/ip.h"
#include "net/launch.h"
#include "net/tally.h"

/*
 * A server that accepts for itself: one parent that forks a session for each
 * connection, without exec, and is the monitor (monitor.h) of all of them.
 * It never reads an octet of a connection, never waits for a session, and
 * does not hold the TLS key, with which another process signs (signer.h).
 * What the sessions are to know from the start it knows, since they are its
 * copies: of fe-receive the key of fingerprints.
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
	/* Above ACCEPTOR_DELIVERY_FD: stays open in sessions under its number;
	 * or -1. */
	int inherit;
	/* In the child: descriptors 0 and 1 are the connection, 2 is ours, 3
	 * the door (door.h) to the parent, 4 what `prepare' gave, 5 a delivery
	 * that is reached already (then `delivery' is 5, else -1), nothing else
	 * is open but `inherit'.  The channel that the door gives, once, takes
	 * the commands of monitor.h.  The result is its exit status. */
	int (*session)(void *context, size_t slot, const struct ip *ip,
	    uint16_t port, int delivery);
	/* Is this client not let in at all?  Its connection is closed. */
	bool (*refuse)(void *context, const struct ip *ip);
	/* Just before a session is forked: a descriptor for it alone, or
	 * -1. */
	int (*prepare)(void *context, size_t slot, const struct ip *ip);
	/* The session in this slot has ended. */
	void (*end)(void *context, size_t slot);
	/* SIGHUP; then it goes on to the sessions. */
	void (*reload)(void *context);
	/* A child that is no session and no delivery has ended. */
	void (*reap)(void *context, pid_t pid);
	/* A channel for a session to the key process with which it began, or
	 * -1. */
	int (*signer)(void *context, size_t slot, struct err *err);
	void *context;
};

enum {
	ACCEPTOR_DOOR_FD = 3,
	ACCEPTOR_EXTRA_FD = 4,
	ACCEPTOR_DELIVERY_FD = 5
};

/* Until SIGTERM or SIGINT, and then until the sessions have ended.  Takes the
 * listeners over.  -1: it could not begin. */
int acceptor_run(const int *listeners, size_t n,
    const struct acceptor_conf *conf, struct err *err);

#endif
