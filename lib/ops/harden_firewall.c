/* SPDX-License-Identifier: ISC */
/*
 * The firewall as it ought to be, against the live rules and sockets.
 */
#include "ops/harden_firewall.h"

#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "ops/harden_plan.h"
#include "ops/harden_ruleset.h"
#include "ops/socket_table.h"
#include "ops/tool.h"

#define UNIT "/etc/systemd/system/fe-firewall.service"
#define WANTS "/etc/systemd/system/sysinit.target.wants"
#define UNIT_LINK WANTS "/fe-firewall.service"

static const struct harden_item items[] = {
    {"net-firewall.input", HARDEN_MINIMAL, 0, "input", "drop",
	"what is not opened is dropped, in IPv4 and IPv6",
	"a port that somebody opens by mistake stays closed", NULL},
    {"net-firewall.forward", HARDEN_MAIL_SERVER, 0, "forward", "drop",
	"nothing is passed on", "a mail server is no router", NULL},
    {"net-firewall.output", HARDEN_STRICT, 0, "output", "drop",
	"only what a mail server needs goes out",
	"a captured program cannot fetch more, or call home", NULL},
    {"net-firewall.ports", HARDEN_MINIMAL, 0, "ports", "as configured",
	"just the ports of the services are open",
	"each open port is a program that talks to everybody", NULL},
    {"net-firewall.rules", HARDEN_MINIMAL, 0, "rules", "as written",
	"the rules in force are those that were written",
	"one line more, added in haste at night, opens what all others close",
	NULL},
    {"net-firewall.listeners", HARDEN_MINIMAL, 0, "listeners", "none",
	"nothing else listens to the world",
	"what listens and is closed by the firewall alone is open on the "
	"day the firewall is not",
	"stop the program, bind it to 127.0.0.1, or name its port: "
	"`open = PORT' under [fe-harden] of fe.conf"},
    {"net-firewall.rate-4", HARDEN_MAIL_SERVER, 0, "@rate4", "limited",
	"new connections of one IPv4 address are limited",
	"one host must not take what is there for all", NULL},
    {"net-firewall.rate-6", HARDEN_MAIL_SERVER, 0, "@rate6", "limited",
	"new connections of one IPv6 network of 64 bits are limited",
	"one customer has 2^64 addresses", NULL},
    {"net-firewall.start", HARDEN_MINIMAL, 0, "start", "as configured",
	"the same rules are loaded at the next start",
	"a firewall that is gone after a reboot is none", NULL},
    {"net-portscan.ban-4", HARDEN_MAIL_SERVER, 0, "@ban4", "banned",
	"who scans ports by IPv4 is logged and banned",
	"a scan comes before the attack", NULL},
    {"net-portscan.ban-6", HARDEN_MAIL_SERVER, 0, "@ban6", "banned",
	"who scans ports by IPv6 is logged and banned, with his /64",
	"a scan comes before the attack", NULL},
};

/* Ports that the kernel gives to who asks for none: a UDP socket there waits
 * for the answer to a question. */
static void
read_own_ports(const struct harden_host *host, int64_t *first, int64_t *last)
{
	struct buf text = BUF_INIT;
	struct slice rest, word;

	*first = 32768; /* where it cannot be read, as the kernel begins */
	*last = 60999;
	if (tree_read(&host->tree, "/proc/sys/net/ipv4/ip_local_port_range",
		&text) == 0) {
		rest = slice_trim(buf_slice(&text));
		word = slice_part(rest, 0, slice_find(rest, '\t'));
		(void)number_parse(word, 1, 65535, first);
		(void)number_parse(slice_trim(slice_part(rest, word.n,
		    rest.n)), 1, 65535, last);
	}
	buf_free(&text);
}

/* What every host asks for its address by: the firewall lets the answers in
 * (firewall.c). */
static bool
is_dhcp_client(uint16_t port)
{
	return port == 68 || port == 546;
}

static void
add_port(const struct harden_host *host, const struct socket_entry *socket,
    int64_t own_first, int64_t own_last, struct buf *found)
{
	uint16_t port = socket->local_port;
	char number[16];

	if (!socket_entry_is_open(socket) ||
	    firewall_has(&host->firewall, port, socket->udp) ||
	    (socket->udp && (is_dhcp_client(port) ||
		(port >= own_first && port <= own_last))))
		return;
	/* with its blanks: 25 is not in 2525 */
	snprintf(number, sizeof(number), " %u%s ", port,
	    socket->udp ? "/udp" : "");
	if (strstr(buf_text(found), number) == NULL) {
		buf_truncate(found, found->n > 0 ? found->n - 1 : 0);
		buf_append_text(found, number);
	}
}

static void
read_listeners(const struct harden_host *host, struct harden_result *result)
{
	struct socket_table sockets;
	struct buf found = BUF_INIT;
	int64_t own_first, own_last;

	socket_table_read(&sockets, &host->tree);
	read_own_ports(host, &own_first, &own_last);
	for (size_t i = 0; i < sockets.n; i++)
		add_port(host, &sockets.items[i], own_first, own_last, &found);
	if (!sockets.readable && !host->tree.is_host)
		harden_result_set(
		    result, HARDEN_SKIP, "a tree has no sockets");
	else if (!sockets.readable)
		harden_result_set(
		    result, HARDEN_UNKNOWN, "cannot read /proc/net/tcp");
	else if (found.n > 0)
		harden_result_set(result, HARDEN_FAIL, "port%.*s",
		    (int)found.n - 1, found.p);
	else
		harden_result_set(result, HARDEN_PASS, "none");
	socket_table_free(&sockets);
	buf_free(&found);
}

static void
render(const struct harden_host *host, struct buf *out)
{
	buf_append_text(out, HARDEN_MARK);
	firewall_render(&host->firewall, out);
}

static bool
has_systemd(const struct harden_host *host)
{
	return tree_exists(&host->tree, "/etc/systemd/system");
}

static void
read_start(const struct harden_host *host, struct harden_result *result)
{
	struct buf want = BUF_INIT, file = BUF_INIT;

	render(host, &want);
	if (tree_read(&host->tree, FIREWALL_FILE, &file) < 0)
		harden_result_set(result, HARDEN_FAIL,
		    "'" FIREWALL_FILE "' is not there");
	else if (!slice_equal(buf_slice(&want), buf_slice(&file)))
		harden_result_set(result, HARDEN_FAIL, "'" FIREWALL_FILE
		    "' has other rules");
	else if (has_systemd(host) && !tree_exists(&host->tree, UNIT_LINK))
		harden_result_set(result, HARDEN_FAIL,
		    "fe-firewall.service is not enabled");
	else
		harden_result_set(result, HARDEN_PASS, "as configured");
	buf_free(&want);
	buf_free(&file);
}

static void
read_item(struct harden_host *host, const struct harden_item *item,
    struct harden_result *result)
{
	if (strcmp(item->key, "listeners") == 0)
		read_listeners(host, result);
	else if (!host->tree.is_host || strcmp(item->key, "start") == 0)
		read_start(host, result);
	else if (!ruleset_load(host))
		harden_result_set(
		    result, HARDEN_UNKNOWN, "%s", host->nft_fault);
	else if (strcmp(item->key, "ports") == 0)
		ruleset_read_ports(host, result);
	else if (strcmp(item->key, "rules") == 0)
		ruleset_read_ours(host, result);
	else if (item->key[0] == '@')
		harden_result_value(result, item, ruleset_fills(host, item->key)
			? item->want
			: "no such rule in the table `inet fe'");
	else
		ruleset_read_policy(host, item->key, result);
}

static void
plan_start(const struct harden_host *host, struct harden_plan *plan)
{
	if (!has_systemd(host))
		return;
	if (harden_plan_file(plan, UNIT, NULL)->n > sizeof(HARDEN_MARK))
		return;
	buf_append_text(harden_plan_file(plan, UNIT, NULL),
	    "[Unit]\n"
	    "Description=firewall of fe-harden\n"
	    "Documentation=man:fe-harden(8)\n"
	    "DefaultDependencies=no\n"
	    "Wants=network-pre.target\n"
	    "Before=network-pre.target shutdown.target\n"
	    "Conflicts=shutdown.target\n"
	    "# which flushes all tables when it starts or reloads\n"
	    "After=nftables.service\n"
	    "PartOf=nftables.service\n"
	    "ReloadPropagatedFrom=nftables.service\n"
	    "\n"
	    "[Service]\n"
	    "Type=oneshot\n"
	    "RemainAfterExit=yes\n"
	    "ExecStart=/usr/sbin/nft -f " FIREWALL_FILE "\n"
	    "ExecReload=/usr/sbin/nft -f " FIREWALL_FILE "\n"
	    "ExecStop=-/usr/sbin/nft delete table inet fe\n"
	    "\n"
	    "[Install]\n"
	    "WantedBy=sysinit.target\n");
	harden_plan_link(plan, UNIT_LINK, "../fe-firewall.service");
	harden_plan_live(plan, HARDEN_RELOAD, "systemd", "daemon-reload", NULL);
}

/* The whole table is one piece: any of its items brings all. */
static void
plan_item(struct harden_host *host, const struct harden_item *item,
    struct harden_plan *plan)
{
	unsigned strangers = ruleset_owners(host) & ~host->firewall.beside;
	struct buf *file;

	if (item->hand != NULL) {
		harden_plan_hand(plan, item);
		return;
	}
	for (unsigned i = 0; i < FIREWALL_OWNERS; i++)
		if (strangers & (1U << i)) {
			harden_plan_refuse(plan, item, "%s has rules here: say "
			    "`--beside %s' to live with them (fe-harden(8) "
			    "tells how)", firewall_owner(i),
			    firewall_owner(i));
			return;
		}
	file = harden_plan_file(plan, FIREWALL_FILE, NULL);
	if (file->n > sizeof(HARDEN_MARK))
		return;
	firewall_render(&host->firewall, file);
	plan_start(host, plan);
	harden_plan_live(plan, HARDEN_NFT, FIREWALL_FILE, "", NULL);
}

int
harden_firewall_validate(struct slice rules, struct err *err)
{
	static const char *const argv[] = {"nft", "-c", "-f", "-", NULL};

	return tool_do(argv, rules, ERR_CONFIG, "nft refuses it", err);
}

const struct harden_kind harden_firewall = {.name = "nftables",
    .how = "`nft -j list ruleset' and the listening sockets; of a tree the "
	   "file that would be loaded",
    .drop_in = FIREWALL_FILE,
    .items = items,
    .n = sizeof(items) / sizeof(items[0]),
    .read = read_item,
    .plan = plan_item};
