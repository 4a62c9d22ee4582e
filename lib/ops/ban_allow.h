/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_BAN_ALLOW_H
#define FE_OPS_BAN_ALLOW_H

#include "base/option.h"
#include "net/ip.h"

/*
 * Who is never banned: ranges of addresses.  This host itself, whoever the
 * administrator names, and the sets allow4 and allow6 of the firewall.
 */
struct ban_allow {
	struct ban_range {
		struct ip first, last;
		bool alone; /* ours: not with its neighbours in a /64 */
	} *items;
	size_t n, fixed; /* those ahead of `fixed' are not of the firewall */
};

/* This host, and the networks of the lists (they may be NULL).  ERR_USAGE. */
int ban_allow_init(struct ban_allow *a, const struct option_list *networks,
    const struct option_list *more, struct err *err);
void ban_allow_free(struct ban_allow *a);
/* Forgets what was added for the firewall's sets, and adds what `nft -j list
 * set' says of one. */
void ban_allow_forget_sets(struct ban_allow *a);
void ban_allow_add_set(struct ban_allow *a, struct slice json);
/* Is one of the addresses of this client (ip_client) allowed? */
bool ban_allow_has(const struct ban_allow *a, const struct ip *ip);

#endif
