/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_DNS_DESK_H
#define FE_OPS_DNS_DESK_H

#include "base/cmd.h"
#include "net/interface.h"
#include "ops/dns_authority.h"
#include "ops/dns_domains.h"
#include "ops/dns_plan.h"

/*
 * What fe-dns does: the plan shown, held against DNS, and the part of it that
 * a web server has.
 */
struct dns_desk_conf {
	struct cmd_conf cmd;
	struct dns_plan_conf plan; /* host, domains: filled by open */
	const char *domain, *hostname, *dns_zone, *mta_sts_dir;
	struct option_list dns_server;
	int output; /* enum dns_plan_form */
	int spf_others, dmarc_policy;
	int64_t ttl, dns_timeout; /* seconds */
	bool no_dns, resolver;
};

struct dns_desk {
	struct dns_desk_conf *conf;
	struct domains domains;
	struct option_list only; /* domains that were typed */
	struct buf host, web_host;
	const char *addresses[4 * INTERFACE_ADDRESSES_MAX];
	struct dns *dns;
	struct authorities authorities;
	struct dns_plan plan;
};

/* Finds the host, its addresses and the domains: the words, or those of the
 * home.  ERR_USAGE, ERR_SYSTEM; closed by the caller in any case. */
int dns_desk_open(struct dns_desk *desk, struct dns_desk_conf *conf,
    char **words, int n, struct err *err);
void dns_desk_close(struct dns_desk *desk);
/* One more of the host; what is over the table's end is left out. */
void dns_desk_add_address(struct dns_desk *desk, const struct ip *ip);

/* The verbs: an exit code, or -1.  Each enters its sandbox before it works:
 * resolvers are started first, keys read after that, and answers come in when
 * nothing can be opened any more. */
int dns_desk_show(struct dns_desk *desk, struct err *err);
int dns_desk_check(struct dns_desk *desk, struct err *err); /* _check.c */
int dns_desk_mta_sts(struct dns_desk *desk, struct err *err); /* _sts.c */

#endif
