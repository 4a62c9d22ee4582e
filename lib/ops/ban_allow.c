/* SPDX-License-Identifier: ISC */
/*
 * Ranges that are never banned.
 */
#include "ops/ban_allow.h"

#include <ifaddrs.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"

static void
add(struct ban_allow *a, const struct ip *first, const struct ip *last)
{
	a->items = mem_array(a->items, a->n + 1, sizeof(*a->items));
	a->items[a->n++] = (struct ban_range){*first, *last, false};
}

/* The last address of a network. */
static struct ip
last_of(const struct ip *ip, unsigned bits)
{
	struct ip last = *ip;

	for (unsigned i = 0; i < last.size; i++) {
		unsigned kept = bits > i * 8 ? bits - i * 8 : 0;

		if (kept < 8)
			last.octets[i] |= (unsigned char)(0xffu >> kept);
	}
	return last;
}

static void
add_network(struct ban_allow *a, const struct ip *ip, unsigned bits)
{
	struct ip first = ip_mask(ip, bits), last = last_of(ip, bits);

	add(a, &first, &last);
}

static int
add_list(struct ban_allow *a, const struct option_list *list, struct err *err)
{
	struct network network;

	for (size_t i = 0; list != NULL && i < list->n; i++) {
		if (network_parse(slice_text(list->items[i]), &network) < 0)
			return network_check(list->items[i], err);
		add_network(a, &network.ip, network.bits);
	}
	return 0;
}

/* What is no other host, and our own addresses. */
static void
add_ourselves(struct ban_allow *a)
{
	static const char *const networks[] = {"0.0.0.0/8", "127.0.0.0/8",
	    "224.0.0.0/3", "::/127", "fe80::/10", "ff00::/8"};
	struct ifaddrs *list = NULL;
	struct network network;

	for (size_t i = 0; i < sizeof(networks) / sizeof(networks[0]); i++)
		if (network_parse(slice_text(networks[i]), &network) == 0)
			add_network(a, &network.ip, network.bits);
	if (getifaddrs(&list) < 0)
		return;
	for (const struct ifaddrs *i = list; i != NULL; i = i->ifa_next) {
		struct sockaddr_storage address = {0};
		struct ip ip;
		size_t n;

		if (i->ifa_addr == NULL)
			continue;
		if (i->ifa_addr->sa_family == AF_INET)
			n = sizeof(struct sockaddr_in);
		else if (i->ifa_addr->sa_family == AF_INET6)
			n = sizeof(struct sockaddr_in6);
		else
			continue;
		memcpy(&address, i->ifa_addr, n);
		if (ip_from_sockaddr(&address, &ip, NULL) < 0)
			continue;
		add(a, &ip, &ip);
		a->items[a->n - 1].alone = true;
	}
	freeifaddrs(list);
}

int
ban_allow_init(struct ban_allow *a, const struct option_list *networks,
    const struct option_list *more, struct err *err)
{
	*a = (struct ban_allow){.n = 0};
	add_ourselves(a);
	if (add_list(a, networks, err) < 0 || add_list(a, more, err) < 0)
		return -1;
	a->fixed = a->n;
	return 0;
}

void
ban_allow_free(struct ban_allow *a)
{
	free(a->items);
	*a = (struct ban_allow){.n = 0};
}

void
ban_allow_forget_sets(struct ban_allow *a)
{
	a->n = a->fixed;
}

static void
add_element(struct ban_allow *a, struct slice element)
{
	struct slice prefix = json_get(element, "prefix");
	struct slice range = json_get(element, "range");
	struct ip first, last;
	int64_t bits;

	if (json_type(element) == JSON_STRING) {
		if (ip_parse(json_plain(element), &first) == 0)
			add(a, &first, &first);
	} else if (prefix.p != NULL) {
		if (ip_parse(json_plain(json_get(prefix, "addr")), &first) ==
			0 &&
		    json_integer(json_get(prefix, "len"), &bits) == 0 &&
		    bits >= 0 && bits <= first.size * 8)
			add_network(a, &first, (unsigned)bits);
	} else if (range.p != NULL) {
		if (ip_parse(json_plain(json_get(range, "0")), &first) == 0 &&
		    ip_parse(json_plain(json_get(range, "1")), &last) == 0 &&
		    first.size == last.size)
			add(a, &first, &last);
	}
}

void
ban_allow_add_set(struct ban_allow *a, struct slice json)
{
	struct json_walk objects = json_walk(json_get(json, "nftables"));
	struct slice object, element;

	while (json_next(&objects, NULL, &object)) {
		struct json_walk walk =
		    json_walk(json_get(object, "set.elem"));

		while (json_next(&walk, NULL, &element))
			add_element(a, element);
	}
}

bool
ban_allow_has(const struct ban_allow *a, const struct ip *ip)
{
	struct ip first = ip_client(ip);
	struct ip last = last_of(&first, ip->size == 16 ? 64 : 32);

	for (size_t i = 0; i < a->n; i++) {
		const struct ban_range *range = &a->items[i];

		if (range->alone && !ip_equal(&range->first, ip))
			continue;
		if (range->first.size == first.size &&
		    memcmp(range->first.octets, last.octets, first.size) <=
			0 &&
		    memcmp(first.octets, range->last.octets, first.size) <= 0)
			return true;
	}
	return false;
}
