/* SPDX-License-Identifier: ISC */
#ifndef FE_NET_MONITOR_H
#define FE_NET_MONITOR_H

#include <sys/types.h>

#include "base/err.h"
#include "net/launch.h"
#include "net/tls_key.h"

/*
 * A server of one connection is two processes.  The session speaks with the
 * client and can open, start and connect nothing; the monitor starts the
 * delivery pipeline and holds the TLS key, and never sees an octet of the
 * client's.  They are joined by a socket pair.
 *
 * Commands of the session are one octet:
 *	d  start the pipeline (an earlier one is killed), or connect to it; the
 *	   answer is `d' and two descriptors, to its standard input and from
 *	   its output, or the one of the connection, or `x'
 *	k  kill the pipeline; no answer
 *	r  open run/recipients and run/full again; the answer is `r' and their
 *	   descriptors
 *	t  a connection to the process that holds the TLS key (signer.h), of a
 *	   parent that accepts (acceptor.h) alone; the answer is `t' and a
 *	   descriptor, or `x'
 *	m  memory for a message, one step more (ration.h); of a parent that
 *	   accepts alone, as the next two; the answer is `m', or `x'
 *	f  what it had beyond the first is free again; no answer
 *	p  a message was taken; no answer
 *	s  sign; one octet tells the algorithm (tls_key.h), two the length, at
 *	   most 512 octets follow; the answer is `s', two octets of length (0:
 *	   refused) and the signature
 */
struct monitor_conf {
	struct launch_conf launch;
	const char *key_path; /* TLS key; read at the first signature */
	int64_t patience_ms;  /* how long a pipeline may take to end */
};

/* The monitor's side, until the session has ended and the pipeline too (or
 * was killed).  SIGTERM and SIGHUP are passed on to the session, SIGTERM once
 * a second, since one that arrives just before a read is noticed only after
 * it.  Returns the session's wait status. */
int monitor_run(int socket, pid_t session, const struct monitor_conf *conf);

/* The session's side.  All block; ERR_SYSTEM when the monitor has gone or
 * could not do it. */
int monitor_deliver(int socket, int *to, int *from, struct err *err);
void monitor_kill(int socket);
int monitor_files(int socket, int fds[2], struct err *err);
/* A command of ration.h; 0 where it is granted or needs no answer. */
int monitor_ration(int socket, char command);
int monitor_reach_signer(int socket, struct err *err);
/* For struct tls_signer; the context is a pointer to the socket. */
int monitor_sign(void *context, char algorithm, struct slice in,
    unsigned char out[TLS_SIGN_MAX]);

#endif
