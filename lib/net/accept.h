/* SPDX-License-Identifier: ISC */
#ifndef FE_NET_ACCEPT_H
#define FE_NET_ACCEPT_H

#include <sys/types.h>

#include "base/err.h"
#include "net/ip.h"

/*
 * Listening sockets, and who is connected: what a server that accepts for
 * itself needs.
 */

/* A socket that listens on a TCP address, close-on-exec, non-blocking.  An
 * IPv6 one takes IPv6 only, so that `::' and `0.0.0.0' can stand side by
 * side.  ERR_SYSTEM; where the port is taken the sentence says by whom. */
int accept_listen(const struct ip *ip, uint16_t port, struct err *err);

/* The sockets of LISTEN_FDS (sd_listen_fds(3)) if LISTEN_PID is ours: their
 * number, *first the first; made close-on-exec and non-blocking.  The
 * variables are unset.  ERR_CONFIG for what does not listen on TCP. */
int accept_inherited(int *first, struct err *err);

/* The sockets that we were started to accept on: descriptor 0, where it
 * listens (inetd `wait', fe-listen --wait), and LISTEN_FDS, all above 2,
 * close-on-exec and non-blocking; 0 to 1 become /dev/null.  Returns how many,
 * at most max.  0: we are to serve one connection, which is on 0 and 1 then
 * also where systemd (Accept=yes) gave it as LISTEN_FDS alone. */
int accept_given(int *fds, int max, struct err *err);

/* The next connection, close-on-exec; -1 with errno (EAGAIN: none). */
int accept_next(int listener, struct ip *ip, uint16_t *port);

/* Connections and the processes that serve them, counted by address (IPv4
 * /32, IPv6 /64). */
struct accepted {
	struct accepted_one {
		pid_t pid; /* also the process group */
		struct ip client;
	} *items;
	size_t n, max;
};
void accepted_init(struct accepted *a, size_t max);
void accepted_free(struct accepted *a);
size_t accepted_count(const struct accepted *a, const struct ip *ip);
void accepted_add(struct accepted *a, pid_t pid, const struct ip *ip);
/* False if it is none of ours. */
bool accepted_remove(struct accepted *a, pid_t pid);
/* Sends a signal to every group. */
void accepted_kill(const struct accepted *a, int signal);

#endif
