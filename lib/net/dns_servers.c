/* SPDX-License-Identifier: ISC */
#include "net/dns_servers.h"

#include "base/number.h"

#define DNS_PORT 53

int
dns_server_parse(struct slice text, struct dns_server *server)
{
	struct slice address = slice_cut(&text, '@');
	int64_t port = DNS_PORT;

	if (ip_parse(address, &server->ip) < 0 ||
	    (text.p != NULL && number_parse(text, 1, 65535, &port) < 0))
		return -1;
	server->port = (uint16_t)port;
	return 0;
}

int
dns_server_check(const char *text, struct err *err)
{
	struct dns_server server;

	return dns_server_parse(slice_text(text), &server) == 0 ? 0 :
	    err_set(err, ERR_USAGE, "'%s' is neither an address nor "
	    "address@port", text);
}

int
dns_servers_read(struct dns_servers *servers, const struct option_list *list,
    struct err *err)
{
	if (list->n > DNS_SERVERS_MAX)
		return err_set(err, ERR_USAGE, "--dns-server: more than %d",
		    DNS_SERVERS_MAX);
	for (servers->n = 0; servers->n < list->n; servers->n++)
		if (dns_server_parse(slice_text(list->items[servers->n]),
			&servers->list[servers->n]) < 0)
			return dns_server_check(list->items[servers->n], err);
	return 0;
}
