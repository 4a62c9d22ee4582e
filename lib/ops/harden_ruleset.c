/* SPDX-License-Identifier: ISC */
/*
 * The live ruleset: whose it is, and what it lets in.
 */
#include "ops/harden_ruleset.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "ops/tool.h"

#define RULESET_MAX ((size_t)64 << 20)

bool
ruleset_load(struct harden_host *host)
{
	static const char *const ask[] = {"nft", "-j", "list", "ruleset", NULL};
	struct err err = ERR_INIT;
	int status;

	if (host->nft_read)
		return host->nft_fault[0] == '\0';
	host->nft_read = true;
	host->nft.max = RULESET_MAX;
	if (geteuid() != 0) {
		snprintf(host->nft_fault, sizeof(host->nft_fault),
		    "only root can read the rules");
		return false;
	}
	status = tool_run(ask, SLICE_NONE, &host->nft, &err);
	if (status == 0 && json_check(slice_trim(buf_slice(&host->nft)),
		&err) == 0)
		return true;
	snprintf(host->nft_fault, sizeof(host->nft_fault), "%s",
	    status > 0 ? "nft cannot list the rules" : err.text);
	return false;
}

/* The next object of that kind in the ruleset. */
static bool
next_of(struct json_walk *walk, const char *kind, struct slice *object)
{
	struct slice item;

	while (json_next(walk, NULL, &item)) {
		*object = json_get(item, kind);
		if (object->p != NULL)
			return true;
	}
	return false;
}

static struct json_walk
walk_rules(const struct harden_host *host)
{
	return json_walk(
	    json_get(slice_trim(buf_slice(&host->nft)), "nftables"));
}

static bool
is_ours(struct slice object)
{
	return json_string_is(json_get(object, "family"), "inet") &&
	    json_string_is(json_get(object, "table"), FIREWALL_TABLE);
}

/* Does a rule of that chain accept whatever comes? */
static bool
takes_all(const struct harden_host *host, struct slice chain)
{
	static const char *const harmless[] = {"accept", "counter", "log"};
	struct json_walk walk = walk_rules(host);
	struct slice rule, statement, name, value;

	while (next_of(&walk, "rule", &rule)) {
		struct json_walk expr = json_walk(json_get(rule, "expr"));
		bool accepts = false, bound = false;

		if (!slice_equal(json_get(rule, "family"),
			json_get(chain, "family")) ||
		    !slice_equal(json_get(rule, "table"),
			json_get(chain, "table")) ||
		    !slice_equal(json_get(rule, "chain"),
			json_get(chain, "name")))
			continue;
		while (json_next(&expr, NULL, &statement)) {
			struct json_walk one = json_walk(statement);
			bool known = false;

			if (!json_next(&one, &name, &value))
				continue;
			accepts |= slice_is(name, "accept");
			for (size_t i = 0; i < 3; i++)
				known |= slice_is(name, harmless[i]);
			bound |= !known;
		}
		if (accepts && !bound)
			return true;
	}
	return false;
}

void
ruleset_read_policy(const struct harden_host *host, const char *hook,
    struct harden_result *result)
{
	struct json_walk walk = walk_rules(host);
	struct slice chain;
	bool four = false, six = false, all = false;

	while (next_of(&walk, "chain", &chain)) {
		struct slice family = json_get(chain, "family");

		if (!json_string_is(json_get(chain, "hook"), hook) ||
		    !json_string_is(json_get(chain, "policy"), "drop"))
			continue;
		if (takes_all(host, chain)) {
			all = true;
			continue;
		}
		four |= !json_string_is(family, "ip6");
		six |= !json_string_is(family, "ip");
	}
	harden_result_set(result, four && six ? HARDEN_PASS : HARDEN_FAIL, "%s",
	    four && six	    ? "drop"
		: four || six ? "drop for one of IPv4 and IPv6 alone"
		: all	    ? "a rule accepts whatever comes"
			      : "accept");
}

bool
ruleset_fills(const struct harden_host *host, const char *set)
{
	struct json_walk walk = walk_rules(host);
	struct slice rule, statement;

	while (next_of(&walk, "rule", &rule)) {
		struct json_walk expr = json_walk(json_get(rule, "expr"));

		while (is_ours(rule) && json_next(&expr, NULL, &statement))
			if (json_string_is(
				json_get(statement, "set.set"), set))
				return true;
	}
	return false;
}

static bool
set_has(const struct harden_host *host, const char *name, uint16_t port)
{
	struct json_walk walk = walk_rules(host);
	struct slice set, element;
	int64_t value;

	while (next_of(&walk, "set", &set)) {
		struct json_walk elements = json_walk(json_get(set, "elem"));

		if (!is_ours(set) ||
		    !json_string_is(json_get(set, "name"), name))
			continue;
		while (json_next(&elements, NULL, &element))
			if (json_integer(element, &value) == 0 &&
			    value == port)
				return true;
	}
	return false;
}

/* The first port that one has and the other has not. */
void
ruleset_read_ports(
    const struct harden_host *host, struct harden_result *result)
{
	const struct firewall *firewall = &host->firewall;
	struct json_walk walk = walk_rules(host);
	struct slice set, element;
	int64_t value;
	bool ours = false;

	harden_result_set(result, HARDEN_PASS, "as configured");
	while (next_of(&walk, "set", &set)) {
		struct json_walk elements = json_walk(json_get(set, "elem"));
		bool tcp = json_string_is(json_get(set, "name"), "open_tcp");

		if (!is_ours(set) || (!tcp && !json_string_is(
			json_get(set, "name"), "open_udp")))
			continue;
		ours = true;
		while (json_next(&elements, NULL, &element))
			if (json_integer(element, &value) == 0 &&
			    !firewall_has(firewall, (uint16_t)value, !tcp))
				harden_result_set(result, HARDEN_FAIL,
				    "%d/%s is open", (int)value,
				    tcp ? "tcp" : "udp");
	}
	for (size_t i = 0; i < firewall->n; i++) {
		const struct firewall_port *p = &firewall->ports[i];

		if (!p->limited && ours && !set_has(host, p->udp ? "open_udp"
			: "open_tcp", p->port))
			harden_result_set(result, HARDEN_FAIL,
			    "%u/%s is closed", p->port,
			    p->udp ? "udp" : "tcp");
	}
	if (!ours)
		harden_result_set(
		    result, HARDEN_FAIL, "the table `inet fe' is not there");
}

/* Rules of that text that `add rule inet fe CHAIN' adds; of no chain: all. */
static size_t
count_wanted(struct slice text, struct slice chain)
{
	const struct slice begin =
	    SLICE("add rule inet " FIREWALL_TABLE " ");
	size_t n = 0;

	while (text.p != NULL) {
		struct slice line = slice_line(&text);

		if (slice_equal(slice_part(line, 0, begin.n), begin)) {
			line = slice_part(line, begin.n, line.n);
			n += slice_equal(slice_cut(&line, ' '), chain);
		}
	}
	return n;
}

static size_t
count_live(const struct harden_host *host, struct slice chain)
{
	struct json_walk walk = walk_rules(host);
	struct slice rule;
	size_t n = 0;

	while (next_of(&walk, "rule", &rule))
		n += is_ours(rule) && slice_equal(json_plain(
		    json_get(rule, "chain")), chain);
	return n;
}

void
ruleset_read_ours(const struct harden_host *host, struct harden_result *result)
{
	struct json_walk walk = walk_rules(host);
	struct buf text = BUF_INIT;
	struct slice chain;
	size_t chains = 0;

	firewall_render(&host->firewall, &text);
	harden_result_set(result, HARDEN_PASS, "as written");
	while (next_of(&walk, "chain", &chain)) {
		struct slice name = json_plain(json_get(chain, "name"));
		size_t want, live;

		if (!is_ours(chain))
			continue;
		chains++;
		want = count_wanted(buf_slice(&text), name);
		live = count_live(host, name);
		if (want != live)
			harden_result_set(result, HARDEN_FAIL, "the chain %.*s "
			    "has %zu rules, not %zu", SLICE_ARG(name), live,
			    want);
	}
	if (chains == 0)
		harden_result_set(
		    result, HARDEN_FAIL, "the table `inet fe' is not there");
	buf_free(&text);
}

unsigned
ruleset_owners(struct harden_host *host)
{
	struct json_walk walk;
	struct slice object;
	struct buf conf = BUF_INIT;
	unsigned owners = 0;

	if (tree_read(&host->tree, "/etc/ufw/ufw.conf", &conf) == 0 &&
	    slice_find_text(buf_slice(&conf), SLICE("\nENABLED=yes")) < conf.n)
		owners |= FIREWALL_UFW;
	buf_free(&conf);
	if (!host->tree.is_host)
		return owners;
	(void)ruleset_load(host);
	walk = walk_rules(host);
	while (next_of(&walk, "table", &object)) {
		struct slice name = json_plain(json_get(object, "name"));

		if (slice_is(name, "firewalld"))
			owners |= FIREWALL_FIREWALLD;
		if (slice_starts(name, "f2b-"))
			owners |= FIREWALL_FAIL2BAN;
	}
	walk = walk_rules(host);
	while (next_of(&walk, "chain", &object)) {
		struct slice name = json_plain(json_get(object, "name"));

		if (slice_starts(name, "DOCKER"))
			owners |= FIREWALL_DOCKER;
		if (slice_starts(name, "ufw-") || slice_starts(name, "ufw6-"))
			owners |= FIREWALL_UFW;
		if (slice_starts(name, "f2b-"))
			owners |= FIREWALL_FAIL2BAN;
	}
	return owners;
}
