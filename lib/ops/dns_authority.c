/* SPDX-License-Identifier: ISC */
/* Which servers there are is what DNS says: their number is bounded. */
#include "ops/dns_authority.h"

#include <stdlib.h>

#include "auth/domain.h"
#include "base/mem.h"

#define DNS_PORT 53

void
authorities_init(struct authorities *a, struct dns *general, bool direct,
    int64_t timeout_ms, bool require_landlock)
{
	*a = (struct authorities){.general = general, .direct = direct,
	    .timeout_ms = timeout_ms, .require_landlock = require_landlock};
	a->any.items[0].dns = general;
	a->any.n = 1;
}

void
authorities_free(struct authorities *a)
{
	for (size_t i = 0; i < a->n; i++) {
		for (size_t j = 0; j < a->zones[i].n; j++) {
			dns_close(a->zones[i].items[j].dns);
			free(a->zones[i].items[j].server);
		}
		free(a->zones[i].zone);
	}
	free(a->zones);
}

static bool
has_records(struct authorities *a, struct slice name, enum dns_type type,
    struct dns_answer *answer)
{
	dns_ask(a->general, name, type, 0, answer);
	if (answer->status == DNS_FOUND)
		return true;
	dns_answer_free(answer);
	return false;
}

/* The zone of a name, and its name servers.  A name that is an alias has no
 * name servers of its own: the answer would be those of its target. */
static struct slice
find_zone(struct authorities *a, struct slice name, struct dns_answer *servers)
{
	for (; name.n > 0; slice_cut(&name, '.')) {
		struct dns_answer alias;

		if (has_records(a, name, DNS_CNAME, &alias)) {
			dns_answer_free(&alias);
			continue;
		}
		if (has_records(a, name, DNS_NS, servers))
			return name;
	}
	return SLICE_NONE;
}

/* An address of a server, IPv4 rather than IPv6: who has no IPv6 himself
 * would call it dead. */
static bool
find_address(struct authorities *a, struct slice server, struct ip *ip)
{
	static const enum dns_type types[] = {DNS_A, DNS_AAAA};
	struct dns_answer answer;

	for (size_t i = 0; i < 2; i++)
		if (has_records(a, server, types[i], &answer)) {
			char text[IP_TEXT_SIZE];
			struct ip found = {.size = i == 0 ? 4 : 16};

			for (size_t j = 0; j < found.size; j++)
				found.octets[j] = (unsigned char)
				    answer.records[0].data.p[j];
			dns_answer_free(&answer);
			/* A mapped address becomes what it is. */
			return ip_parse(slice_text(ip_text(&found, text)),
			    ip) == 0;
		}
	return false;
}

static int
open_view(struct authorities *a, struct dns_views *zone, struct slice server,
    struct err *err)
{
	struct dns_view *view = &zone->items[zone->n];
	struct dns_servers servers = {.zone = zone->zone, .n = 1};
	struct dns_conf conf = {.servers = &servers,
	    .timeout_ms = a->timeout_ms,
	    .require_landlock = a->require_landlock};
	struct buf label = BUF_INIT;
	char text[IP_TEXT_SIZE];
	bool found = find_address(a, server, &servers.list[0].ip);

	servers.list[0].port = DNS_PORT;
	buf_format(&label, "%.*s (%s)", SLICE_ARG(server), found ?
	    ip_text(&servers.list[0].ip, text) : "no address");
	view->server = buf_take(&label, NULL);
	view->dns = NULL;
	zone->n++;
	if (!found)
		return 0;
	view->dns = dns_open(&conf, err);
	if (view->dns == NULL)
		return -1;
	dns_prefetch(view->dns, slice_text(zone->zone), DNS_NS);
	return 0;
}

/* Who does not say whose zone it is does not answer the rest either. */
static void
drop_dead(struct dns_views *zone)
{
	for (size_t i = 0; i < zone->n; i++) {
		struct dns_view *view = &zone->items[i];
		struct dns_answer answer;

		if (view->dns == NULL)
			continue;
		dns_ask(view->dns, slice_text(zone->zone), DNS_NS, 0, &answer);
		if (answer.status == DNS_TEMPERROR) {
			dns_close(view->dns);
			view->dns = NULL;
		}
		dns_answer_free(&answer);
	}
}

static struct dns_views *
known_zone(const struct authorities *a, struct slice name)
{
	for (size_t i = 0; i < a->n; i++)
		if (slice_is(name, a->zones[i].zone))
			return &a->zones[i];
	return NULL;
}

int
authorities_find(struct authorities *a, struct slice name, struct err *err)
{
	struct dns_answer servers = {.n = 0};
	struct dns_views *zone;
	int result = 0;

	if (!a->direct)
		return 0;
	name = find_zone(a, name, &servers);
	if (name.n == 0 || known_zone(a, name) != NULL ||
	    a->n == AUTHORITY_ZONES_MAX) {
		dns_answer_free(&servers);
		return 0;
	}
	a->zones = mem_array(a->zones, a->n + 1, sizeof(*a->zones));
	zone = &a->zones[a->n++];
	*zone = (struct dns_views){.zone = mem_dup(name.p, name.n)};
	for (size_t i = 0; i < servers.n && i < AUTHORITY_SERVERS_MAX &&
	    result == 0; i++)
		result = open_view(a, zone, servers.records[i].data, err);
	dns_answer_free(&servers);
	if (result == 0)
		drop_dead(zone);
	return result;
}

struct dns_views *
authorities_of(struct authorities *a, struct slice name)
{
	for (; name.n > 0; slice_cut(&name, '.')) {
		struct dns_views *zone = known_zone(a, name);

		if (zone != NULL)
			return zone;
	}
	return &a->any;
}
