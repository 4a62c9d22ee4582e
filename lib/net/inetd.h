/* SPDX-License-Identifier: ISC */
#ifndef FE_NET_INETD_H
#define FE_NET_INETD_H

#include "net/ip.h"

/*
 * What a super-server hands to the program of one connection.
 */

/* The client: TCPREMOTEIP and TCPREMOTEPORT (tcpserver, s6-tcpserver,
 * fe-listen), else the socket on descriptor 0 (inetd, systemd).  None, and
 * port 0, where neither tells: a pipe. */
void inetd_peer(struct ip *ip, uint16_t *port);
/* A real inetd gives the connection as standard error too.  Then it becomes
 * /dev/null, so that what we say there does not reach the client. */
void inetd_detach_stderr(void);

#endif
