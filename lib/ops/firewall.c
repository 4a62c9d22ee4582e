/* SPDX-License-Identifier: ISC */
/*
 * The rules, as text for nft(8).  Bans stand in sets that are declared anew
 * and not flushed, so that loading the file again forgives nobody.
 */
#include "ops/firewall.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/number.h"

#define SET_SIZE 65535 /* elements, each of about 100 octets in the kernel */
#define ICMP_RATE "10/second burst 20 packets"

const char *
firewall_owner(unsigned place)
{
	static const char *const names[FIREWALL_OWNERS] = {
	    "docker", "ufw", "firewalld", "fail2ban"};

	return names[place];
}

int
firewall_port_parse(
    struct slice text, struct firewall_port *port, struct err *err)
{
	const struct slice from = SLICE(" from ");
	struct slice rest = slice_trim(text), number, network = SLICE_NONE;
	size_t at = slice_find_text(rest, from);
	int64_t value;

	*port = (struct firewall_port){.port = 0};
	if (at < rest.n) {
		network = slice_trim(slice_part(rest, at + from.n, rest.n));
		rest = slice_trim(slice_part(rest, 0, at));
	}
	number = slice_cut(&rest, '/');
	port->udp = slice_is(rest, "udp");
	port->limited = network.p != NULL;
	if (number_parse(number, 1, 65535, &value) < 0 ||
	    (rest.p != NULL && !port->udp && !slice_is(rest, "tcp")) ||
	    (port->limited && network_parse(network, &port->from) < 0))
		return err_set(err, ERR_USAGE, "'%.*s' is no port: it is "
		    "`587', `53/udp' or `22 from 192.0.2.0/24'",
		    SLICE_ARG(text));
	port->port = (uint16_t)value;
	return 0;
}

int
firewall_check_owner(const char *text, struct err *err)
{
	for (unsigned place = 0; place < FIREWALL_OWNERS; place++)
		if (strcmp(text, firewall_owner(place)) == 0)
			return 0;
	return err_set(err, ERR_USAGE, "'%s' is none of docker, ufw, "
	    "firewalld, fail2ban", text);
}

int
firewall_check_port(const char *text, struct err *err)
{
	struct firewall_port port;

	return firewall_port_parse(slice_text(text), &port, err);
}

bool
firewall_has(const struct firewall *firewall, uint16_t port, bool udp)
{
	for (size_t i = 0; i < firewall->n; i++)
		if (firewall->ports[i].port == port &&
		    firewall->ports[i].udp == udp)
			return true;
	return false;
}

/* Several networks may have one port; a port for all is added once. */
void
firewall_open(struct firewall *firewall, const struct firewall_port *port)
{
	if (!port->limited && firewall_has(firewall, port->port, port->udp))
		return;
	firewall->ports = mem_array(
	    firewall->ports, firewall->n + 1, sizeof(*firewall->ports));
	firewall->ports[firewall->n++] = *port;
}

void
firewall_free(struct firewall *firewall)
{
	free(firewall->ports);
	free(firewall->out);
	free(firewall->allow);
	*firewall = (struct firewall){.n = 0};
}

bool
firewall_only_guards(const struct firewall *firewall)
{
	return (firewall->beside & (FIREWALL_UFW | FIREWALL_FIREWALLD)) != 0;
}

static const char head[] =
    "# The table `inet fe', loaded by `nft -f' in one transaction.  Its sets\n"
    "# are described in fe-harden(8); fe-ban(8) adds to ban4 and ban6.\n"
    "add table inet fe\n";

static void
put_sets(struct buf *out)
{
	static const char *const timed[][2] = {{"ban", ""}, {"seen",
	    " . inet_service"}, {"probe", ""}, {"rate", ""}, {"ssh", ""}};

	for (size_t i = 0; i < sizeof(timed) / sizeof(timed[0]); i++)
		for (int version = 4; version <= 6; version += 2)
			buf_format(out, "add set inet fe %s%d { type "
			    "ipv%d_addr%s; flags dynamic,timeout; size %d; }\n",
			    timed[i][0], version, version, timed[i][1],
			    SET_SIZE);
	buf_append_text(out,
	    "add set inet fe allow4 { type ipv4_addr; flags interval; "
	    "auto-merge; }\n"
	    "add set inet fe allow6 { type ipv6_addr; flags interval; "
	    "auto-merge; }\n"
	    "add set inet fe open_tcp { type inet_service; }\n"
	    "add set inet fe open_udp { type inet_service; }\n"
	    "add set inet fe ssh_tcp { type inet_service; }\n"
	    "flush set inet fe allow4\nflush set inet fe allow6\n"
	    "flush set inet fe open_tcp\nflush set inet fe open_udp\n"
	    "flush set inet fe ssh_tcp\n");
}

static void
put_network(struct buf *out, const struct network *network)
{
	char text[IP_TEXT_SIZE];

	buf_format(out, "%s/%u", ip_text(&network->ip, text), network->bits);
}

static void
put_elements(struct buf *out, const struct firewall *firewall)
{
	for (size_t i = 0; i < firewall->n; i++) {
		const struct firewall_port *p = &firewall->ports[i];

		if (!p->limited)
			buf_format(out, "add element inet fe open_%s { %u }\n",
			    p->udp ? "udp" : "tcp", p->port);
		if (p->is_ssh && !p->udp)
			buf_format(out, "add element inet fe ssh_tcp { %u }\n",
			    p->port);
	}
	for (size_t i = 0; i < firewall->allow_n; i++) {
		const struct network *a = &firewall->allow[i];

		buf_format(out, "add element inet fe allow%d { ",
		    a->ip.size == 4 ? 4 : 6);
		put_network(out, a);
		buf_append_text(out, " }\n");
	}
}

/* What both versions of IP have alike: the name of the address, who counts as
 * one client. */
static const struct version {
	int number;
	const char *address, *client;
} versions[2] = {{4, "ip saddr", "ip saddr"},
    {6, "ip6 saddr", "ip6 saddr & ffff:ffff:ffff:ffff::"}};

/* Who has tried too many closed ports is dropped for a while.  A port counts
 * once in ten minutes, so that a client that tries one port again and again
 * is none.  Only TCP: UDP answers that come late look the same. */
static void
put_scan(struct buf *out, const struct firewall *firewall)
{
	buf_append_text(out,
	    "\n# A port that nobody listens on, or flags that no program "
	    "sends.\n"
	    "add chain inet fe scan\nflush chain inet fe scan\n");
	for (size_t i = 0; i < 2; i++) {
		const struct version *v = &versions[i];

		buf_format(out, "add rule inet fe scan %s . tcp dport "
		    "@seen%d drop\n", v->address, v->number);
		buf_format(out, "add rule inet fe scan add @seen%d { %s . tcp "
		    "dport timeout 10m }\n", v->number, v->address);
		buf_format(out, "add rule inet fe scan update @probe%d { %s "
		    "timeout 10m limit rate over 6/minute burst 6 packets } "
		    "update @ban%d { %s timeout %" PRId64 "s } log prefix "
		    "\"fe-portscan: \" level info\n", v->number, v->client,
		    v->number, v->client, firewall->scan_ban_s);
	}
	if (!firewall_only_guards(firewall))
		buf_append_text(out, "add rule inet fe scan drop\n");
}

static void
put_limits(struct buf *out, const struct firewall *firewall)
{
	for (size_t i = 0; i < 2; i++) {
		const struct version *v = &versions[i];

		buf_format(out, "add rule inet fe service tcp dport @ssh_tcp "
		    "update @ssh%d { %s timeout 5m limit rate over 12/minute "
		    "burst 20 packets } drop\n", v->number, v->client);
		buf_format(out, "add rule inet fe service update @rate%d { %s "
		    "timeout 1m limit rate over %" PRId64 "/second burst %"
		    PRId64 " packets } drop\n", v->number, v->client,
		    firewall->rate, firewall->rate * 3);
	}
}

static void
put_open(struct buf *out, const struct firewall *firewall, const char *chain)
{
	for (size_t i = 0; i < firewall->n; i++) {
		const struct firewall_port *p = &firewall->ports[i];

		if (!p->limited)
			continue;
		buf_format(out, "add rule inet fe %s %s ", chain,
		    p->from.ip.size == 4 ? "ip saddr" : "ip6 saddr");
		put_network(out, &p->from);
		buf_format(out, " %s dport %u accept\n",
		    p->udp ? "udp" : "tcp", p->port);
	}
	buf_format(out, "add rule inet fe %s tcp dport @open_tcp accept\n"
	    "add rule inet fe %s udp dport @open_udp accept\n", chain, chain);
}

static void
put_service(struct buf *out, const struct firewall *firewall)
{
	buf_append_text(out, "\n# New connections to what is open.\n"
	    "add chain inet fe service\nflush chain inet fe service\n");
	put_limits(out, firewall);
	buf_append_text(out, "add rule inet fe service accept\n");
	buf_append_text(out, "\n# Those of allow4 and allow6: no limit, no "
	    "ban.\nadd chain inet fe allowed\nflush chain inet fe allowed\n"
	    "add rule inet fe allowed ct state established,related accept\n");
	put_open(out, firewall, "allowed");
}

/* New connections to open ports by way of `service'; the rest is a scan, or
 * dropped by the policy. */
static void
put_new(struct buf *out, const struct firewall *firewall)
{
	const char *rest = "add rule inet fe input tcp flags & "
	    "(fin | syn | rst | ack) == syn";

	for (size_t i = 0; i < firewall->n; i++) {
		const struct firewall_port *p = &firewall->ports[i];

		if (!p->limited)
			continue;
		buf_format(out, "add rule inet fe input %s ",
		    p->from.ip.size == 4 ? "ip saddr" : "ip6 saddr");
		put_network(out, &p->from);
		buf_format(out, " %s dport %u goto service\n",
		    p->udp ? "udp" : "tcp", p->port);
	}
	buf_append_text(out,
	    "add rule inet fe input tcp dport @open_tcp goto service\n"
	    "add rule inet fe input udp dport @open_udp goto service\n");
	/* what has a port of its own for some is no scan of the others */
	for (size_t i = 0; i < firewall->n; i++)
		if (firewall->ports[i].limited && !firewall->ports[i].udp)
			buf_format(out, "add rule inet fe input tcp dport %u "
			    "drop\n", firewall->ports[i].port);
	buf_format(out, "%s goto scan\n", rest);
}

static const char icmp[] =
    "add rule inet fe input ip protocol icmp icmp type { "
    "destination-unreachable, time-exceeded, parameter-problem } accept\n"
    "add rule inet fe input icmp type echo-request limit rate " ICMP_RATE
    " accept\n"
    "add rule inet fe input icmpv6 type { destination-unreachable, "
    "packet-too-big, time-exceeded, parameter-problem, mld-listener-query, "
    "mld-listener-report, mld-listener-done, nd-router-solicit, "
    "nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert, "
    "mld2-listener-report } accept\n"
    "add rule inet fe input icmpv6 type echo-request limit rate " ICMP_RATE
    " accept\n"
    "add rule inet fe input udp sport 67 udp dport 68 accept\n"
    "add rule inet fe input ip6 saddr fe80::/10 udp sport 547 udp dport 546 "
    "accept\n";

static const char odd_flags[] =
    "add rule inet fe input tcp flags & (fin | syn | rst | psh | ack | urg) "
    "== 0x0 goto scan\n"
    "add rule inet fe input tcp flags & (fin | syn | rst | psh | ack | urg) "
    "== fin | psh | urg goto scan\n"
    "add rule inet fe input tcp flags & (fin | ack) == fin goto scan\n"
    "add rule inet fe input tcp flags & (fin | syn) == fin | syn goto scan\n"
    "add rule inet fe input tcp flags & (syn | rst) == syn | rst goto scan\n";

static void
put_input(struct buf *out, const struct firewall *firewall)
{
	bool guards = firewall_only_guards(firewall);

	buf_format(out, "\n# Before the rules of anybody else.\n"
	    "add chain inet fe input { type filter hook input priority -10; "
	    "policy %s; }\nflush chain inet fe input\n",
	    guards ? "accept" : "drop");
	buf_append_text(out,
	    "add rule inet fe input iifname \"lo\" accept\n");
	buf_append_text(out, guards
	    ? "add rule inet fe input ip saddr @allow4 accept\n"
	      "add rule inet fe input ip6 saddr @allow6 accept\n"
	    : "add rule inet fe input ip saddr @allow4 goto allowed\n"
	      "add rule inet fe input ip6 saddr @allow6 goto allowed\n");
	for (size_t i = 0; i < 2; i++)
		buf_format(out, "add rule inet fe input %s @ban%d drop\n",
		    versions[i].client, versions[i].number);
	buf_append_text(out, odd_flags);
	buf_append_text(out, "add rule inet fe input ct state "
	    "established,related accept\n"
	    "add rule inet fe input ct state invalid drop\n");
	buf_append_text(out, icmp);
	put_new(out, firewall);
}

static void
put_out(struct buf *out, const struct firewall *firewall)
{
	buf_append_text(out,
	    "\n# Only what a mail server asks of others.\n"
	    "add chain inet fe output { type filter hook output priority -10; "
	    "policy drop; }\nflush chain inet fe output\n"
	    "add rule inet fe output oifname \"lo\" accept\n"
	    "add rule inet fe output ct state established,related accept\n"
	    "add rule inet fe output meta l4proto { icmp, icmpv6 } accept\n"
	    "add rule inet fe output udp sport 68 udp dport 67 accept\n"
	    "add rule inet fe output udp sport 546 udp dport 547 accept\n");
	for (size_t i = 0; i < firewall->out_n; i++) {
		const struct firewall_port *p = &firewall->out[i];

		buf_append_text(out, "add rule inet fe output ");
		if (p->limited) {
			buf_append_text(out, p->from.ip.size == 4
				? "ip daddr "
				: "ip6 daddr ");
			put_network(out, &p->from);
			buf_append_char(out, ' ');
		}
		buf_format(out, "%s dport %u accept\n",
		    p->udp ? "udp" : "tcp", p->port);
	}
}

void
firewall_render(const struct firewall *firewall, struct buf *out)
{
	buf_append_text(out, head);
	put_sets(out);
	put_elements(out, firewall);
	put_scan(out, firewall);
	put_service(out, firewall);
	put_input(out, firewall);
	if (!(firewall->beside & FIREWALL_DOCKER) &&
	    !firewall_only_guards(firewall))
		buf_append_text(out, "\n# No router.\nadd chain inet fe "
		    "forward { type filter hook forward priority -10; policy "
		    "drop; }\nflush chain inet fe forward\n");
	if (firewall->out_n > 0)
		put_out(out, firewall);
}
