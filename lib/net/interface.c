/* SPDX-License-Identifier: ISC */
#include "net/interface.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

static const char *const special[] = {"0.0.0.0/8", "10.0.0.0/8",
    "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
    "192.0.0.0/24", "192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15",
    "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3"};

bool
ip_is_global(const struct ip *ip)
{
	static const char documentation[] = {0x20, 0x01, 0x0d, (char)0xb8};
	struct network network;

	if (ip->size == 16) /* 2000::/3 is what is given out */
		return (ip->octets[0] & 0xe0) == 0x20 &&
		    memcmp(ip->octets, documentation, 4) != 0;
	for (size_t i = 0; i < sizeof(special) / sizeof(special[0]); i++)
		if (network_parse(slice_text(special[i]), &network) == 0 &&
		    network_has(&network, ip))
			return false;
	return ip->size == 4;
}

static int
compare_addresses(const void *a, const void *b)
{
	const struct ip *x = a, *y = b;

	return x->size != y->size ? (int)x->size - (int)y->size :
	    memcmp(x->octets, y->octets, x->size);
}

static bool
is_there(const struct ip *list, size_t n, const struct ip *ip)
{
	for (size_t i = 0; i < n; i++)
		if (ip_equal(&list[i], ip))
			return true;
	return false;
}

size_t
interface_addresses(struct ip out[INTERFACE_ADDRESSES_MAX])
{
	struct ifaddrs *list = NULL;
	size_t n = 0;

	if (getifaddrs(&list) < 0)
		return 0;
	for (const struct ifaddrs *one = list; one != NULL &&
	    n < INTERFACE_ADDRESSES_MAX; one = one->ifa_next) {
		struct sockaddr_storage address = {0};
		struct ip ip;

		if (one->ifa_addr == NULL || (one->ifa_flags & IFF_UP) == 0)
			continue;
		if (one->ifa_addr->sa_family == AF_INET)
			memcpy(&address, one->ifa_addr,
			    sizeof(struct sockaddr_in));
		else if (one->ifa_addr->sa_family == AF_INET6)
			memcpy(&address, one->ifa_addr,
			    sizeof(struct sockaddr_in6));
		else
			continue;
		if (ip_from_sockaddr(&address, &ip, NULL) == 0 &&
		    ip_is_global(&ip) && !is_there(out, n, &ip))
			out[n++] = ip;
	}
	freeifaddrs(list);
	if (n > 1)
		qsort(out, n, sizeof(*out), compare_addresses);
	return n;
}
