/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_FIREWALL_H
#define FE_OPS_FIREWALL_H

#include "base/buf.h"
#include "base/err.h"
#include "net/ip.h"

/*
 * The firewall of fe-harden(8): one nftables table, `inet fe'.  Its sets are
 * a contract with fe-ban(8) and described in the manual page:
 *
 *	ban4, ban6    who is dropped, with a timeout; in ban6 the first
 *	              address of a /64
 *	allow4, allow6  networks that are never counted and never banned
 */
#define FIREWALL_TABLE "fe"
#define FIREWALL_FILE "/etc/nftables.d/fe-harden.nft"

enum { /* who else has rules here, and is lived with */
	FIREWALL_DOCKER = 1,    /* forwards for itself: no forward chain */
	FIREWALL_UFW = 2,       /* opens the ports: ours only guards */
	FIREWALL_FIREWALLD = 4, /* the same */
	FIREWALL_FAIL2BAN = 8   /* bans as well */
};
#define FIREWALL_OWNERS 4
/* The name of one of these bits, by its place (0 to FIREWALL_OWNERS - 1). */
const char *firewall_owner(unsigned place);
/* For `check' of options (option.h): such a name, and a port as below. */
int firewall_check_owner(const char *text, struct err *err);
int firewall_check_port(const char *text, struct err *err);

struct firewall_port {
	uint16_t port;
	bool udp;
	bool is_ssh;
	bool limited; /* only from that network */
	struct network from;
};
struct firewall {
	struct firewall_port *ports; /* taken in */
	size_t n;
	struct firewall_port *out; /* let out; none: all */
	size_t out_n;
	struct network *allow;
	size_t allow_n;
	unsigned beside;
	int64_t scan_ban_s; /* how long a scan bans */
	int64_t rate;       /* new connections a second of one client */
};

/* `587', `53/udp', `22 from 192.0.2.0/24'.  ERR_USAGE. */
int firewall_port_parse(struct slice text, struct firewall_port *port,
    struct err *err);
/* Adds to the ports, unless that number is there already. */
void firewall_open(struct firewall *firewall, const struct firewall_port *port);
bool firewall_has(const struct firewall *firewall, uint16_t port, bool udp);
void firewall_free(struct firewall *firewall);

/* Whether another's rules decide over ports, so that ours only guard. */
bool firewall_only_guards(const struct firewall *firewall);
/* The file for `nft -f': loads anew without forgetting who is banned. */
void firewall_render(const struct firewall *firewall, struct buf *out);

#endif
