/* SPDX-License-Identifier: ISC */
/*
 * PROXY protocol, version 2.  TLVs are passed over.
 */
#include "proxy.h"

#include <string.h>

static const unsigned char signature[12] = {0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d,
    0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a};

static uint16_t
get16(const unsigned char *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static void
get_ip(const unsigned char *p, unsigned char size, struct ip *ip)
{
	struct sockaddr_storage address;
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};

	if (size == 4) {
		memset(ip, 0, sizeof(*ip));
		memcpy(ip->octets, p, 4);
		ip->size = 4;
		return;
	}
	memcpy(&v6.sin6_addr, p, 16);
	memcpy(&address, &v6, sizeof(v6));
	ip_from_sockaddr(&address, ip, NULL); /* mapped addresses too */
}

/* family and transport 0x11, 0x21: TCP over IPv4, over IPv6 */
static int
get_addresses(const unsigned char *p, size_t n, unsigned char family,
    struct proxy *proxy, struct err *err)
{
	unsigned char size = family == 0x11 ? 4 : 16;

	if (family != 0x11 && family != 0x21)
		return 0; /* UNSPEC, UDP, UNIX: to be accepted, not used */
	if (n < 2u * size + 4)
		return err_set(err, ERR_MESSAGE,
		    "PROXY header too short for its addresses");
	get_ip(p, size, &proxy->source);
	get_ip(p + size, size, &proxy->destination);
	proxy->source_port = get16(p + 2 * size);
	proxy->destination_port = get16(p + 2 * size + 2);
	return 0;
}

int
proxy_parse(
    struct slice octets, struct proxy *proxy, size_t *used, struct err *err)
{
	const unsigned char *p = (const unsigned char *)octets.p;
	size_t seen = octets.n < sizeof(signature) ? octets.n
						   : sizeof(signature);
	size_t length;

	if (seen > 0 && memcmp(p, signature, seen) != 0)
		return err_set(err, ERR_MESSAGE, "no PROXY v2 header");
	if (octets.n < PROXY_HEADER_SIZE)
		return 0;
	length = get16(p + 14);
	if (p[12] >> 4 != 2 || (p[12] & 15) > 1)
		return err_set(err, ERR_MESSAGE,
		    "unknown PROXY version or command 0x%02x", p[12]);
	if (PROXY_HEADER_SIZE + length > PROXY_SIZE_MAX)
		return err_set(err, ERR_MESSAGE,
		    "PROXY header of %zu octets is too long", length);
	if (octets.n < PROXY_HEADER_SIZE + length)
		return 0;
	*proxy = (struct proxy){.local = (p[12] & 15) == 0};
	*used = PROXY_HEADER_SIZE + length;
	if (!proxy->local &&
	    get_addresses(p + PROXY_HEADER_SIZE, length, p[13], proxy, err) < 0)
		return -1;
	return 1;
}

size_t
proxy_missing(struct slice octets)
{
	size_t whole = PROXY_HEADER_SIZE;

	if (octets.n >= whole)
		whole += get16((const unsigned char *)octets.p + 14);
	return octets.n < whole ? whole - octets.n : 0;
}
