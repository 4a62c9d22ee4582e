/* SPDX-License-Identifier: ISC */
#ifndef FE_NET_INTERFACE_H
#define FE_NET_INTERFACE_H

#include "net/ip.h"

/*
 * Addresses of this host that the world can reach.
 */
#define INTERFACE_ADDRESSES_MAX 16

/* Not of a loopback, link, site or documentation network (RFC 6890). */
bool ip_is_global(const struct ip *ip);
/* Fills `out' with up to INTERFACE_ADDRESSES_MAX of this host's global
 * addresses, IPv4 first, sorted; returns how many. */
size_t interface_addresses(struct ip out[INTERFACE_ADDRESSES_MAX]);

#endif
