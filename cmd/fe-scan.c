/* SPDX-License-Identifier: ISC */
/* fe-scan: states what a message holds. */
#include "auth/domain.h"
#include "base/unix_socket.h"
#include "record/jobs.h"
#include "scan/scanner.h"

struct scan_conf {
	struct filter_conf filter;
	struct jobs_conf jobs;
	struct scanner_conf scan;
};

#define AT(member) offsetof(struct scan_conf, member)
static const struct option_def options[] = {
    FILTER_OPTIONS(struct scan_conf, filter),
    JOBS_OPTIONS(struct scan_conf, jobs),
    {OPTION_TEXT, 0, "model", AT(scan.model), "FILE",
	.help = "the spam model (default: model/site.model of the home)"},
    {OPTION_TEXT, 0, "recipient-delimiter", AT(scan.recipient_delimiter),
	"CHARACTERS", "+", .flags = OPTION_SHARED,
	.help = "what divides a user from a detail in an address"},
    {OPTION_FLAG, 0, "explain", AT(scan.explain), .flags = OPTION_PER_RUN,
	.help = "state the features that weighed most"},
    {OPTION_LIST, 0, "block-list", AT(scan.block_lists), "FILE",
	.help = "hosts that links should not lead to, one a line",
	.check = blocklist_check},
    {OPTION_LIST, 0, "protect", AT(scan.protect), "DOMAIN",
	.help = "tell domains that look like this one",
	.check = domain_check},
    {OPTION_LIST, 0, "protect-name", AT(scan.protect_names), "NAME",
	.help = "tell authors elsewhere who have this name",
	.check = watch_check_name},
    {OPTION_TEXT, 0, "domain", AT(scan.domain), "DOMAIN",
	.flags = OPTION_SHARED,
	.help = "one more domain to protect: that of the site",
	.check = domain_check},
    {OPTION_TEXT, 0, "clamd", AT(scan.clamd), "SOCKET",
	.help = "look for viruses with the clamd behind this socket",
	.check = unix_socket_check},
    {OPTION_CHOICE, 0, "clamd-scope", AT(scan.clamd_scope), "WHAT",
	"attachments", "attachments|message|both",
	.help = "what clamd is given"},
    {OPTION_DURATION, 0, "clamd-timeout", AT(scan.clamd_timeout), "TIME", "20s",
	.min = 1, .max = 600, .help = "how long clamd may take for a message"},
    {OPTION_FLAG, 0, "no-unpack", AT(scan.no_unpack),
	.help = "do not look into archives"},
    {OPTION_LIST, 0, "dnsbl", AT(scan.reputation.lists.addresses),
	"ZONE[:WEIGHT]",
	.help = "ask this list in DNS about the client's address",
	.check = dnsbl_check_zone},
    {OPTION_LIST, 0, "uribl", AT(scan.reputation.lists.links), "ZONE[:WEIGHT]",
	.help = "ask this list in DNS about the domains of links",
	.check = dnsbl_check_zone},
    {OPTION_TEXT, 0, "dns-zone", AT(scan.dns_zone), "FILE",
	.flags = OPTION_PER_RUN,
	.help = "answer DNS questions from this zone file alone"},
    {OPTION_FLAG, 0, "no-dns", AT(scan.no_dns), .flags = OPTION_PER_RUN,
	.help = "ask no DNS"},
    {OPTION_DURATION, 0, "dns-timeout", AT(scan.dns_timeout), "TIME", "3s",
	.min = 1, .max = 60, .help = "for one DNS question"},
    {OPTION_FLAG, 0, "no-history", AT(scan.reputation.no_history),
	.help = "neither keep nor state what came from a sender before"},
    {OPTION_DURATION, 0, "half-life", AT(scan.reputation.half_life), "TIME",
	"14d", .min = 60, .max = 366 * 86400,
	.help = "after so long a message counts half in that"},
    {OPTION_END}};

static const struct cmd scan_cmd = {.name = "fe-scan",
    .synopsis = "[options] < message",
    .summary = "state what a message holds: spam, links, deceit, files",
    .options = options,
    .flags = CMD_FILTER};

struct scan {
	struct filter filter;
	struct scanner scanner;
};

static void
scan_record(void *cookie, struct record *r)
{
	struct scan *s = cookie;

	if (scanner_scan(&s->scanner, r, s->filter.input == INPUT_RECORD))
		filter_found(&s->filter);
	if (!filter_has_ahead(&s->filter))
		scanner_flush(&s->scanner);
}

/* A resident filter is started anew, and its resolver with it. */
static const char *
find_obstacle(void *cookie)
{
	struct scan *s = cookie;

	return dns_obstacle(s->scanner.dns);
}

static int
run(struct scan *s, const struct scan_conf *conf, struct err *err)
{
	struct jobs jobs = {.filter = &s->filter, .conf = conf->jobs,
	    .work = scan_record, .obstacle = find_obstacle, .cookie = s};

	if (scanner_open(&s->scanner, &conf->scan,
	    conf->filter.cmd.sandbox, err) < 0 ||
	    filter_open(&s->filter, &scan_cmd, &conf->filter, err) < 0 ||
	    scanner_confine(&s->scanner, err) < 0)
		return cmd_fail(err);
	jobs.tasks = s->scanner.tasks;
	jobs_run(&jobs);
	return filter_close(&s->filter);
}

int
main(int argc, char *argv[])
{
	struct scan_conf conf = {.scan = {.explain = false}};
	struct err err = ERR_INIT;
	struct scan scan;
	int code;

	cmd_start(&scan_cmd);
	if (option_parse(&scan_cmd, argc, argv, &conf, &err) < 0)
		return cmd_usage(&err);
	code = run(&scan, &conf, &err);
	scanner_close(&scan.scanner);
	return code;
}
