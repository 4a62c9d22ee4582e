/* SPDX-License-Identifier: ISC */
#ifndef FE_NET_PROXY_H
#define FE_NET_PROXY_H

#include "base/err.h"
#include "net/ip.h"

/*
 * The PROXY protocol, version 2 (haproxy's proxy-protocol.txt): a binary
 * header in front of the connection's own octets.  Version 1 is not taken,
 * and whether there is a header is never guessed.
 */
#define PROXY_HEADER_SIZE 16      /* the fixed part */
#define PROXY_SIZE_MAX (16 + 2048) /* with addresses and TLVs */

struct proxy {
	bool local; /* LOCAL: a health check; use the real addresses */
	struct ip source, destination; /* none unless TCP over IP */
	uint16_t source_port, destination_port;
};

/* Parses what has come so far.  1: done, *used octets were the header; 0:
 * more is needed; -1: this is no PROXY v2 header (ERR_MESSAGE). */
int proxy_parse(struct slice octets, struct proxy *proxy, size_t *used,
    struct err *err);
/* How many octets more to read before asking again: never too many. */
size_t proxy_missing(struct slice octets);

#endif
