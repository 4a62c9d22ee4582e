/* SPDX-License-Identifier: ISC */
#ifndef FE_NET_PORT_H
#define FE_NET_PORT_H

#include "base/buf.h"
#include "net/ip.h"

/*
 * Who listens on a TCP port of this host, for people: `master (pid 712)', or
 * `another program' where /proc hides it from us (not root), appended to out.
 * Only what collides with the address counts (the wildcard collides with
 * all); NULL means any address.  Returns 1 if somebody listens there, 0 if
 * nobody does.
 */
int port_holder(const struct ip *ip, uint16_t port, struct buf *out);

#endif
