/* SPDX-License-Identifier: ISC */
/*
 * IP addresses and networks, as text, as sockaddr and for comparing.
 */
#include "ip.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/number.h"

static const unsigned char mapped[12] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static void
ip_set(struct ip *ip, const void *octets, unsigned char size)
{
	memset(ip, 0, sizeof(*ip));
	if (size == 16 && memcmp(octets, mapped, sizeof(mapped)) == 0) {
		octets = (const unsigned char *)octets + sizeof(mapped);
		size = 4;
	}
	memcpy(ip->octets, octets, size);
	ip->size = size;
}

int
ip_parse(struct slice text, struct ip *ip)
{
	char copy[IP_TEXT_SIZE];
	unsigned char octets[16];

	if (text.n == 0 || text.n >= sizeof(copy) ||
	    memchr(text.p, '\0', text.n) != NULL)
		return -1;
	memcpy(copy, text.p, text.n);
	copy[text.n] = '\0';
	if (inet_pton(AF_INET, copy, octets) == 1)
		ip_set(ip, octets, 4);
	else if (inet_pton(AF_INET6, copy, octets) == 1)
		ip_set(ip, octets, 16);
	else
		return -1;
	return 0;
}

const char *
ip_text(const struct ip *ip, char out[IP_TEXT_SIZE])
{
	out[0] = '\0';
	if (ip->size == 4)
		inet_ntop(AF_INET, ip->octets, out, IP_TEXT_SIZE);
	else if (ip->size == 16)
		inet_ntop(AF_INET6, ip->octets, out, IP_TEXT_SIZE);
	return out;
}

int
ip_from_sockaddr(
    const struct sockaddr_storage *address, struct ip *ip, uint16_t *port)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	uint16_t at;

	if (address->ss_family == AF_INET) {
		memcpy(&v4, address, sizeof(v4));
		ip_set(ip, &v4.sin_addr, 4);
		at = v4.sin_port;
	} else if (address->ss_family == AF_INET6) {
		memcpy(&v6, address, sizeof(v6));
		ip_set(ip, &v6.sin6_addr, 16);
		at = v6.sin6_port;
	} else {
		return -1;
	}
	if (port != NULL)
		*port = ntohs(at);
	return 0;
}

socklen_t
ip_to_sockaddr(
    const struct ip *ip, uint16_t port, struct sockaddr_storage *address)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};

	memset(address, 0, sizeof(*address));
	if (ip->size == 4) {
		memcpy(&v4.sin_addr, ip->octets, 4);
		v4.sin_port = htons(port);
		memcpy(address, &v4, sizeof(v4));
		return sizeof(v4);
	}
	memcpy(&v6.sin6_addr, ip->octets, 16);
	v6.sin6_port = htons(port);
	memcpy(address, &v6, sizeof(v6));
	return sizeof(v6);
}

bool
ip_equal(const struct ip *a, const struct ip *b)
{
	return a->size == b->size &&
	    memcmp(a->octets, b->octets, a->size) == 0;
}

struct ip
ip_mask(const struct ip *ip, unsigned bits)
{
	struct ip masked = *ip;

	for (unsigned i = 0; i < masked.size; i++) {
		unsigned kept = bits > i * 8 ? bits - i * 8 : 0;

		if (kept < 8)
			masked.octets[i] &=
			    (unsigned char)(0xff00u >> kept);
	}
	return masked;
}

struct ip
ip_client(const struct ip *ip)
{
	return ip_mask(ip, ip->size == 16 ? 64 : 32);
}

int
network_parse(struct slice text, struct network *network)
{
	struct slice rest = text;
	struct slice address = slice_cut(&rest, '/');
	struct ip masked;
	int64_t bits;

	if (ip_parse(address, &network->ip) < 0)
		return -1;
	bits = network->ip.size * 8;
	if (rest.p != NULL && number_parse(rest, 0, bits, &bits) < 0)
		return -1;
	network->bits = (unsigned)bits;
	masked = ip_mask(&network->ip, network->bits);
	return ip_equal(&masked, &network->ip) ? 0 : -1;
}

int
ip_check(const char *text, struct err *err)
{
	struct ip ip;

	return ip_parse(slice_text(text), &ip) == 0 ? 0 :
	    err_set(err, ERR_USAGE, "'%s' is no IP address", text);
}

int
network_check(const char *text, struct err *err)
{
	struct network network;

	return network_parse(slice_text(text), &network) == 0 ? 0 :
	    err_set(err, ERR_USAGE, "'%s' is no address or network", text);
}

bool
network_has(const struct network *network, const struct ip *ip)
{
	struct ip masked;

	if (ip->size == 0 || ip->size != network->ip.size)
		return false;
	masked = ip_mask(ip, network->bits);
	return ip_equal(&masked, &network->ip);
}
