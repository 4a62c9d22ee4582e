/* SPDX-License-Identifier: ISC */
#ifndef FE_NET_DNS_SERVERS_H
#define FE_NET_DNS_SERVERS_H

#include <stddef.h>
#include <stdint.h>

#include "base/option.h"
#include "net/ip.h"

/*
 * Servers that are asked themselves, as authorities: for one zone, with
 * everything else from the usual resolver, or (the zone "") for all names.
 */
#define DNS_SERVERS_MAX 8

struct dns_server {
	struct ip ip;
	uint16_t port;
};
struct dns_servers {
	const char *zone; /* normal form (dns_name.h); "": all names */
	struct dns_server list[DNS_SERVERS_MAX];
	size_t n;
};

/* `ADDRESS' or `ADDRESS@PORT'. -1 if it is neither. */
int dns_server_parse(struct slice text, struct dns_server *server);
/* For `check' of an option (option.h). */
int dns_server_check(const char *text, struct err *err);
/* All of an option's, for the zone that is set.  ERR_USAGE. */
int dns_servers_read(struct dns_servers *servers,
    const struct option_list *list, struct err *err);

#endif
