/* SPDX-License-Identifier: ISC */
#ifndef FE_NET_IP_H
#define FE_NET_IP_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/err.h"
#include "base/slice.h"

/*
 * IP addresses and networks.  An IPv4 address mapped into IPv6
 * (::ffff:192.0.2.1) is taken as the IPv4 address that it is.
 */
struct ip {
	unsigned char octets[16]; /* network order; 4 of them for IPv4 */
	unsigned char size;       /* 4, 16, or 0: none */
};
#define IP_TEXT_SIZE 46

/* `192.0.2.1', `2001:db8::1'; no brackets, no zone. -1 if it is none. */
int ip_parse(struct slice text, struct ip *ip);
/* Shortest form, RFC 5952; "" for none. */
const char *ip_text(const struct ip *ip, char out[IP_TEXT_SIZE]);
/* -1 for another family than the two; port may be NULL. */
int ip_from_sockaddr(
    const struct sockaddr_storage *address, struct ip *ip, uint16_t *port);
/* Returns the length that bind(2) wants. */
socklen_t ip_to_sockaddr(
    const struct ip *ip, uint16_t port, struct sockaddr_storage *address);
bool ip_equal(const struct ip *a, const struct ip *b);
/* The first `bits' bits kept, the others zero. */
struct ip ip_mask(const struct ip *ip, unsigned bits);
/* Who counts as one client: IPv4 /32, IPv6 /64. */
struct ip ip_client(const struct ip *ip);

struct network {
	struct ip ip;
	unsigned bits;
};
/* `192.0.2.0/24', or an address alone. -1 for anything else, bits set behind
 * the prefix included. */
int network_parse(struct slice text, struct network *network);
/* Both for `check' of an option (option.h). */
int ip_check(const char *text, struct err *err);
int network_check(const char *text, struct err *err);
bool network_has(const struct network *network, const struct ip *ip);

#endif
