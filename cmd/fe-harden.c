/* SPDX-License-Identifier: ISC */
/*
 * fe-harden: looks at the host, tells what is not as it should be, changes it
 * by files of its own, and undoes that again.  The items are tables in
 * lib/ops/harden_*.c, the verbs lib/ops/harden_desk*.c.
 */
#include <string.h>
#include <unistd.h>

#include "base/cmd.h"
#include "net/ip.h"
#include "ops/firewall.h"
#include "ops/harden_desk.h"

#define EXCEPTIONS "/etc/fe/harden.exceptions"

#define AT(member) offsetof(struct harden_conf, member)

static const struct option_def options[] = {
    CMD_OPTIONS(struct harden_conf, cmd),
    {OPTION_CHOICE, 'o', "output", AT(output), "FORM", "text", "text|json",
	.flags = OPTION_PER_RUN, .help = "sentences, or a JSON object an item"},
    {OPTION_TEXT, 0, "root", AT(root), "DIR", "/", .flags = OPTION_PER_RUN,
	.help = "look at a mounted tree, not at this host"},
    {OPTION_CHOICE, 0, "profile", AT(profile), "NAME", "mail-server",
	"minimal|mail-server|strict", .help = "which items there are"},
    {OPTION_TEXT, 0, "exceptions", AT(exceptions), "FILE", EXCEPTIONS,
	.help = "what may fail, until when and why (a path below --root)"},
    {OPTION_FLAG, 'y', "yes", AT(yes), .flags = OPTION_PER_RUN,
	.verbs = "apply, revert",
	.help = "do not ask"},
    {OPTION_DURATION, 0, "confirm-within", AT(confirm_within), "TIME", "120s",
	.min = 1, .max = 86400, .verbs = "apply",
	.help = "undo changes of sshd and firewall after this time"},
    {OPTION_FLAG, 0, "due", AT(due), .flags = OPTION_PER_RUN,
	.verbs = "revert",
	.help = "only what nobody confirmed in time"},
    {OPTION_LIST, 0, "open", AT(open), "PORT",
	.help = "firewall: open `587', `53/udp' or `22 from 192.0.2.0/24'",
	.check = firewall_check_port},
    {OPTION_LIST, 0, "out", AT(out), "PORT",
	.help = "firewall, strict: let out, besides what mail needs",
	.check = firewall_check_port},
    {OPTION_LIST, 0, "allow", AT(allow), "NETWORK",
	.help = "firewall: never limit or ban these", .check = network_check},
    {OPTION_LIST, 0, "beside", AT(beside), "NAME",
	.help = "firewall: live with docker, ufw, firewalld or fail2ban",
	.check = firewall_check_owner},
    {OPTION_LIST, 0, "needed", AT(needed), "UNIT",
	.help = "services: this one is needed, too (host-services.others)"},
    {OPTION_DURATION, 0, "scan-ban", AT(scan_ban), "TIME", "10m", .min = 1,
	.max = 2592000, .help = "firewall: how long a port scan bans"},
    {OPTION_NUMBER, 0, "rate", AT(rate), "N", "20", .min = 1, .max = 100000,
	.help = "firewall: new connections a second of one client"},
    {OPTION_END}};

static const struct cmd harden_cmd = {.name = "fe-harden",
    .synopsis = "check [-q] [-o text|json] [ITEM]...\n"
		"plan [ITEM]...\n"
		"apply [--yes] [ITEM]...\n"
		"confirm\n"
		"revert [--yes] [--due] [ITEM]...\n"
		"explain [ITEM]...",
    .summary = "check, plan, apply, confirm and revert host hardening",
    .options = options};

static const struct verb {
	const char *name;
	harden_verb *run;
	bool takes_items, changes;
} verbs[] = {{"check", harden_desk_check, true, false},
    {"plan", harden_desk_plan, true, false},
    {"apply", harden_desk_apply, true, true},
    {"confirm", harden_desk_confirm, false, true},
    {"revert", harden_desk_revert, true, true},
    {"explain", harden_desk_explain, true, false}};

static const struct verb *
find_verb(const struct harden_conf *conf)
{
	const char *word = conf->cmd.words_n > 0 ? conf->cmd.words[0] : NULL;

	for (size_t i = 0; word != NULL && i < sizeof(verbs) / sizeof(verbs[0]);
	    i++) {
		if (strcmp(word, verbs[i].name) != 0)
			continue;
		if (conf->cmd.words_n > 1 && !verbs[i].takes_items)
			cmd_usage_exit("unexpected argument '%s'",
			    conf->cmd.words[1]);
		if (conf->due && verbs[i].run != harden_desk_revert)
			cmd_usage_exit("--due goes with revert");
		return &verbs[i];
	}
	if (word == NULL)
		cmd_usage_exit("say check, plan, apply, confirm, revert or "
			       "explain");
	cmd_usage_exit("there is no `%s': it is check, plan, apply, confirm, "
		       "revert or explain", word);
}

static int
need_root(const struct harden_desk *desk, struct err *err)
{
	if (geteuid() == 0 || !desk->host.tree.is_host)
		return 0;
	return err_set(err, ERR_USAGE, "only root can change this host");
}

int
main(int argc, char *argv[])
{
	struct harden_conf conf = {0};
	struct harden_desk desk;
	struct err err = ERR_INIT;
	const struct verb *verb;
	int result, code;

	cmd_start(&harden_cmd);
	if (option_parse(&harden_cmd, argc, argv, &conf, &err) < 0)
		return cmd_usage(&err);
	verb = find_verb(&conf);
	result = harden_desk_open(&desk, &conf, &err);
	if (result == 0 && verb->changes)
		result = need_root(&desk, &err);
	if (result == 0)
		result = verb->run(&desk, &err);
	code = result < 0 ? cmd_fail(&err) : cmd_finish(&err);
	harden_desk_close(&desk);
	return code == EXIT_DONE && desk.found ? EXIT_FINDING : code;
}
