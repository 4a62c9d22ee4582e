/* SPDX-License-Identifier: ISC */
/* DNS held against the plan. */
#include <string.h>

#include "auth/iprev.h"
#include "base/json.h"
#include "base/sandbox.h"
#include "ops/dns_check.h"
#include "ops/dns_desk.h"
#include "ops/dns_plan_print.h"

static bool
knows_family(const struct option_list *list, unsigned size)
{
	struct ip ip;

	for (size_t i = 0; i < list->n; i++)
		if (ip_parse(slice_text(list->items[i]), &ip) == 0 &&
		    ip.size == size)
			return true;
	return false;
}

/* Behind a NAT the host does not know its address: what DNS has of a family
 * that is not known is taken for right, and its PTR is looked at. */
static void
ask_addresses(struct dns_desk *desk)
{
	struct option_list *list = &desk->conf->plan.addresses;

	if (list->items != desk->addresses)
		return;
	for (unsigned size = 4; size <= 16; size += 12) {
		struct dns_answer answer;

		if (knows_family(list, size))
			continue;
		dns_ask(desk->dns, buf_slice(&desk->host), size == 4 ? DNS_A :
		    DNS_AAAA, 0, &answer);
		for (size_t i = 0; i < answer.n &&
		    i < INTERFACE_ADDRESSES_MAX; i++) {
			struct ip ip = {.size = (unsigned char)size};

			memcpy(ip.octets, answer.records[i].data.p, size);
			dns_desk_add_address(desk, &ip);
		}
		dns_answer_free(&answer);
	}
}

static int
open_dns(struct dns_desk *desk, struct err *err)
{
	const struct dns_desk_conf *conf = desk->conf;
	struct dns_servers servers = {.zone = ""};
	struct dns_conf dns = {.zone_file = conf->dns_zone,
	    .timeout_ms = conf->dns_timeout * 1000,
	    .local_zones_asked = true,
	    .require_landlock = conf->cmd.sandbox == 1};

	if (conf->no_dns)
		return err_set(err, ERR_USAGE, "check asks DNS: --no-dns "
		    "leaves nothing of it");
	if (dns_servers_read(&servers, &conf->dns_server, err) < 0)
		return -1;
	if (servers.n > 0)
		dns.servers = &servers;
	desk->dns = dns_open(&dns, err);
	return desk->dns != NULL ? 0 : -1;
}

/* Servers of all zones that a record may be in. */
static int
find_authorities(struct dns_desk *desk, struct err *err)
{
	const struct dns_plan_conf *plan = &desk->conf->plan;
	bool direct = desk->conf->dns_zone == NULL && !desk->conf->resolver &&
	    desk->conf->dns_server.n == 0;
	struct buf reverse = BUF_INIT;
	int result;

	authorities_init(&desk->authorities, desk->dns, direct,
	    desk->conf->dns_timeout * 1000, desk->conf->cmd.sandbox == 1);
	result = authorities_find(&desk->authorities, buf_slice(&desk->host),
	    err);
	for (size_t i = 0; i < plan->domains.n && result == 0; i++)
		result = authorities_find(&desk->authorities,
		    slice_text(plan->domains.items[i]), err);
	for (size_t i = 0; i < plan->mx.n && result == 0; i++) {
		int64_t preference;
		struct slice host;

		if (dns_plan_mx_parse(slice_text(plan->mx.items[i]),
		    &preference, &host) == 0)
			result = authorities_find(&desk->authorities, host,
			    err);
	}
	for (size_t i = 0; i < plan->addresses.n && result == 0; i++) {
		struct ip ip;

		buf_truncate(&reverse, 0);
		if (ip_parse(slice_text(plan->addresses.items[i]), &ip) < 0)
			continue;
		iprev_reverse_name(&ip, &reverse);
		result = authorities_find(&desk->authorities,
		    buf_slice(&reverse), err);
	}
	buf_free(&reverse);
	return result;
}

static void
print_finding(const struct finding *f, bool json, struct buf *out)
{
	struct json_writer w = JSON_WRITER(out);

	if (json) {
		json_open_object(&w, NULL);
		json_put_text(&w, "name", f->name);
		json_put_text(&w, "type", dns_plan_type_text(f->type));
		json_put_text(&w, "difference", finding_kind_text(f->kind));
		json_put_text(&w, "text", f->text);
		if (f->servers.n > 0)
			json_put_slice(&w, "servers", buf_slice(&f->servers));
		json_close_object(&w);
	} else {
		buf_format(out, "%s %s: %s: %s", f->name,
		    dns_plan_type_text(f->type), finding_kind_text(f->kind),
		    f->text);
		if (f->servers.n > 0)
			buf_format(out, " (at %s)", f->servers.p);
	}
	buf_append_char(out, '\n');
}

/* Prints what needs a person first; the exit code. */
static int
report(const struct dns_desk *desk, const struct findings *findings)
{
	bool json = desk->conf->output == PLAN_JSON;
	bool quiet = desk->conf->cmd.quiet;
	size_t differences = 0, unknown = 0;
	struct buf out = BUF_INIT;

	for (size_t i = 0; i < findings->n; i++) {
		const struct finding *f = &findings->items[i];

		differences += f->kind < FINDING_UNKNOWN;
		unknown += f->kind == FINDING_UNKNOWN;
		if (f->kind != FINDING_HINT || !quiet)
			print_finding(f, json, &out);
	}
	if (differences == 0 && unknown == 0 && !quiet && !json)
		buf_format(&out, "%zu records are as they should be\n",
		    desk->plan.n);
	(void)cmd_put(&out, NULL); /* for cmd_finish to say */
	buf_free(&out);
	return differences > 0 ? EXIT_FINDING :
	    unknown > 0 ? EXIT_RETRY : EXIT_DONE;
}

int
dns_desk_check(struct dns_desk *desk, struct err *err)
{
	struct findings findings = FINDINGS_INIT;
	int code;

	if (desk->conf->output == PLAN_ZONE) {
		err_set(err, ERR_USAGE, "check prints text or json");
		return -1;
	}
	if (open_dns(desk, err) < 0)
		return -1;
	ask_addresses(desk);
	if (find_authorities(desk, err) < 0 ||
	    dns_plan_make(&desk->plan, &desk->conf->plan, err) < 0 ||
	    sandbox_enter(SANDBOX_PARSE, NULL, 0,
	    desk->conf->cmd.sandbox == 1, err) < 0)
		return -1;
	dns_check(&desk->plan, &desk->conf->plan, &desk->authorities,
	    &findings);
	code = report(desk, &findings);
	findings_free(&findings);
	return code;
}
