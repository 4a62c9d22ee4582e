/* SPDX-License-Identifier: ISC */
/*
 * fe-ban: security events on standard input to bans, in the firewall and in
 * HOME/state/bans, which fe-listen and fe-receive read.
 */
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/cmd.h"
#include "base/interrupt.h"
#include "base/io.h"
#include "base/line_input.h"
#include "base/log.h"
#include "base/sandbox.h"
#include "base/socket_access.h"
#include "net/ip.h"
#include "ops/banner.h"

#define LINE_MAX_TAKEN ((size_t)64 << 10)
#define RESTORE_MS 60000

enum { OUTPUT_TEXT, OUTPUT_JSON };

struct ban_conf {
	struct cmd_conf cmd;
	struct option_list allow, trusted, ignore;
	int64_t time, time_max, grow, forget, unproven_max, for_time;
	int output, severity, firewall;
	bool dry_run;
	const char *group;
};

#define AT(member) offsetof(struct ban_conf, member)
#define YEAR 31536000
static const struct option_def options[] = {
    CMD_OPTIONS(struct ban_conf, cmd),
    {OPTION_CHOICE, 'o', "output", AT(output), "FORM", "text", "text|json",
	.flags = OPTION_PER_RUN, .help = "for people, or a JSON object each"},
    {OPTION_FLAG, 'n', "dry-run", AT(dry_run), .flags = OPTION_PER_RUN,
	.help = "say what would be done, and do nothing"},
    {OPTION_DURATION, 0, "time", AT(time), "TIME", "10m", .min = 1,
	.max = YEAR, .help = "how long the first ban of a client lasts"},
    {OPTION_NUMBER, 0, "grow", AT(grow), "N", "4", .min = 1, .max = 1000,
	.help = "how many times as long the next one lasts"},
    {OPTION_DURATION, 0, "time-max", AT(time_max), "TIME", "30d", .min = 1,
	.max = YEAR, .help = "how long one lasts at most"},
    {OPTION_DURATION, 0, "forget", AT(forget), "TIME", "60d", .min = 1,
	.max = YEAR, .help = "when earlier bans count no more"},
    {OPTION_DURATION, 0, "unproven-max", AT(unproven_max), "TIME", "1h",
	.min = 1, .max = YEAR,
	.help = "how long one lasts where the address may be forged"},
    {OPTION_CHOICE, 0, "severity", AT(severity), "NAME", "warning",
	"info|notice|warning|alert",
	.help = "from which on an event with an address bans"},
    {OPTION_LIST, 0, "ignore", AT(ignore), "EVENT",
	.help = "an event that bans nobody"},
    {OPTION_LIST, 0, "allow", AT(allow), "NETWORK",
	.help = "who is never banned; the firewall's allow4 and allow6 as "
		"well", .check = network_check},
    {OPTION_LIST, 0, "trusted-network", AT(trusted), "NETWORK",
	.flags = OPTION_SHARED, .help = "never banned either",
	.check = network_check},
    {OPTION_CHOICE, 0, "firewall", AT(firewall), "HOW", "auto", "auto|off",
	.help = "put bans into nftables where its sets are, or never"},
    {OPTION_TEXT, 0, "group", AT(group), "GROUP",
	.help = "who may read the list (default: the group of HOME/state)",
	.check = socket_access_check_group},
    {OPTION_DURATION, 0, "for", AT(for_time), "TIME",
	.flags = OPTION_PER_RUN, .max = YEAR, .verbs = "add",
	.help = "for so long"},
    {OPTION_END}};

static const struct cmd ban_cmd = {.name = "fe-ban",
    .synopsis = "[options] < events\n"
		"[options] list [ADDRESS]...\n"
		"[options] add [--for TIME] ADDRESS...\n"
		"[options] remove ADDRESS...\n"
		"[options] flush",
    .summary = "security events to bans that grow, in the firewall and a list",
    .options = options};

struct ban_run {
	struct ban_conf conf;
	struct banner banner;
	struct line_input input;
	struct buf out, store;
	int64_t restore_ms;
};

static int
parse_client(const char *word, struct ip *ip, struct err *err)
{
	struct network network;
	struct ip client;

	if (ip_parse(slice_text(word), ip) == 0)
		return 0;
	if (network_parse(slice_text(word), &network) == 0) {
		client = ip_client(&network.ip);
		*ip = network.ip;
		if (network.bits == (ip->size == 16 ? 64U : 32U) &&
		    ip_equal(&client, ip))
			return 0;
	}
	return err_set(err, ERR_USAGE, "'%s' is no address (of IPv6, a whole "
	    "/64 is banned)", word);
}

static int
take_group(const char *name, struct err *err)
{
	struct group *group;

	if (name == NULL)
		return 0;
	group = getgrnam(name);
	if (group == NULL)
		return err_set(
		    err, ERR_CONFIG, "there is no group '%s'", name);
	if (setegid(group->gr_gid) < 0)
		return err_errno(err, "cannot take the group '%s'", name);
	return 0;
}

/* Who only `looks' needs neither lock nor firewall. */
static int
ban_open(struct ban_run *r, bool looks, struct err *err)
{
	const struct ban_conf *conf = &r->conf;
	const struct banner_conf banner = {.time_s = conf->time,
	    .time_max_s = conf->time_max, .grow = conf->grow,
	    .forget_s = conf->forget, .unproven_max_s = conf->unproven_max,
	    .severity = (enum event_severity)conf->severity,
	    .ignore = &conf->ignore, .dry_run = conf->dry_run || looks,
	    .no_firewall = conf->firewall == 1 || looks};

	if (ban_allow_init(&r->banner.allow, &conf->allow, &conf->trusted,
		err) < 0 ||
	    banner_open(&r->banner, &banner, &r->out, err) < 0 ||
	    take_group(conf->group, err) < 0)
		return -1;
	/* it starts nft: no more can be given up */
	return sandbox_enter(
	    SANDBOX_LAUNCH, NULL, 0, conf->cmd.sandbox, err);
}

static int
flush(struct ban_run *r, struct err *err)
{
	if (r->conf.cmd.quiet)
		buf_truncate(&r->out, 0);
	return event_print(&r->out, r->conf.output == OUTPUT_TEXT, err);
}

/* ---- events ---- */

static void
take_line(struct ban_run *r, struct slice line)
{
	struct err err = ERR_INIT;
	struct event event;

	if (line.n == 0)
		return;
	if (event_read(line, &event, &r->store, &err) < 0)
		log_warning("a line is passed over: %s", err.text);
	else if (banner_take_event(&r->banner, &event) == BANNER_ALLOWED)
		log_info("'%.*s' is allowed: %.*s bans it not",
		    SLICE_ARG(event.address), SLICE_ARG(event.name));
}

/* All whole lines in hand are one change. */
static int
read_input(struct ban_run *r, struct err *err)
{
	struct slice line;

	if (line_input_read(&r->input, err) < 0)
		return -1;
	if (!line_input_next(&r->input, &line))
		return 0;
	if (banner_begin(&r->banner, err) < 0)
		return -1;
	do
		take_line(r, line);
	while (line_input_next(&r->input, &line));
	return banner_end(&r->banner, err);
}

/* At the start and then now and then: others load the firewall, too. */
static int
restore(struct ban_run *r, struct err *err)
{
	int64_t now = clock_monotonic_ms();
	bool first = r->restore_ms == 0;

	if (now < r->restore_ms)
		return 0;
	r->restore_ms = now + RESTORE_MS;
	if (banner_begin(&r->banner, err) < 0)
		return -1;
	banner_restore(&r->banner, first);
	return banner_end(&r->banner, err);
}

static int
serve(struct ban_run *r, struct err *err)
{
	const volatile sig_atomic_t *stop = interrupt_catch();

	while (!*stop && !r->input.at_end) {
		int ready;

		if (restore(r, err) < 0 || flush(r, err) < 0)
			return -1;
		ready = io_wait_readable(STDIN_FILENO, RESTORE_MS);
		if (ready > 0 && read_input(r, err) < 0)
			return -1;
	}
	return flush(r, err);
}

/* ---- verbs ---- */

static void
list_one(const struct ban_run *r, const struct ban *ban, struct buf *out)
{
	char ip[IP_TEXT_SIZE], until[CLOCK_TEXT_SIZE], since[CLOCK_TEXT_SIZE];
	const char *bits = ban->client.size == 16 ? "/64" : "";

	ip_text(&ban->client, ip);
	clock_rfc3339(ban->until_ms, until);
	clock_rfc3339(ban->since_ms, since);
	if (r->conf.output == OUTPUT_TEXT)
		buf_format(out, "%s%s\tuntil %.19sZ\t%s\t%lld\n", ip, bits,
		    until, ban->event, (long long)ban->strikes);
	else
		buf_format(out, "{\"client\":\"%s%s\",\"until\":\"%s\","
		    "\"since\":\"%s\",\"event\":\"%s\",\"strikes\":%lld,"
		    "\"unproven\":%s}\n", ip, bits, until, since, ban->event,
		    (long long)ban->strikes, ban->unproven ? "true" : "false");
}

/* With addresses: exit 1 unless all of them are banned. */
static int
list(struct ban_run *r, struct err *err)
{
	int n = r->conf.cmd.words_n, missing = 0, result;
	int64_t now = clock_now_ms();
	struct buf out = BUF_INIT;

	if (banner_begin(&r->banner, err) < 0)
		return -1;
	for (size_t i = 0; n == 1 && i < r->banner.list.n; i++)
		if (r->banner.list.items[i].until_ms > now)
			list_one(r, &r->banner.list.items[i], &out);
	for (int i = 1; i < n; i++) {
		const struct ban *ban;
		struct ip ip;

		if (parse_client(r->conf.cmd.words[i], &ip, err) < 0)
			return -1;
		ban = ban_list_find(&r->banner.list, &ip);
		if (ban != NULL && ban->until_ms > now)
			list_one(r, ban, &out);
		else
			missing = 1;
	}
	result = cmd_put(&out, err);
	buf_free(&out);
	return banner_end(&r->banner, err) < 0 || result < 0 ? -1 : missing;
}

static int
add(struct ban_run *r, struct err *err)
{
	struct ip ip;

	if (banner_begin(&r->banner, err) < 0)
		return -1;
	for (int i = 1; i < r->conf.cmd.words_n; i++)
		if (parse_client(r->conf.cmd.words[i], &ip, err) < 0 ||
		    banner_ban(&r->banner, &ip, r->conf.for_time, err) < 0)
			return -1;
	return banner_end(&r->banner, err) < 0 ? -1 : flush(r, err);
}

static int
remove_some(struct ban_run *r, struct err *err)
{
	int missing = 0;
	struct ip ip;

	if (banner_begin(&r->banner, err) < 0)
		return -1;
	for (int i = 1; i < r->conf.cmd.words_n; i++)
		if (parse_client(r->conf.cmd.words[i], &ip, err) == 0 &&
		    !banner_forgive(&r->banner, &ip))
			missing = 1;
	if (banner_end(&r->banner, err) < 0 || flush(r, err) < 0)
		return -1;
	return missing;
}

static int
flush_all(struct ban_run *r, struct err *err)
{
	if (banner_begin(&r->banner, err) < 0)
		return -1;
	banner_forgive_all(&r->banner);
	return banner_end(&r->banner, err) < 0 ? -1 : flush(r, err);
}

static const struct verb {
	const char *name;
	int (*run)(struct ban_run *r, struct err *err);
	int words_min, words_max;
} verbs[] = {{"list", list, 1, INT32_MAX}, {"add", add, 2, INT32_MAX},
    {"remove", remove_some, 2, INT32_MAX}, {"flush", flush_all, 1, 1}};

/* What is wrong with the words is said before anything is looked at. */
static void
check_words(const struct ban_conf *conf, const struct verb *verb)
{
	int n = conf->cmd.words_n;
	struct err err = ERR_INIT;
	struct ip ip;

	if (n < verb->words_min)
		cmd_usage_exit("%s what? give an address", verb->name);
	if (n > verb->words_max)
		cmd_usage_exit("unexpected argument '%s'", conf->cmd.words[1]);
	for (int i = 1; i < n; i++)
		if (parse_client(conf->cmd.words[i], &ip, &err) < 0)
			cmd_usage_exit("%s", err.text);
}

static const struct verb *
find_verb(const struct ban_conf *conf)
{
	int n = conf->cmd.words_n;

	for (size_t i = 0; n > 0 && i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(conf->cmd.words[0], verbs[i].name) == 0) {
			check_words(conf, &verbs[i]);
			return &verbs[i];
		}
	if (n > 0)
		cmd_usage_exit("'%s' is none of list, add, remove, flush",
		    conf->cmd.words[0]);
	if (isatty(STDIN_FILENO))
		cmd_usage_exit("no events on standard input; or say list, "
		    "add, remove or flush");
	return NULL;
}

int
main(int argc, char *argv[])
{
	static struct ban_run r;
	struct err err = ERR_INIT;
	const struct verb *verb;
	int result;

	cmd_start(&ban_cmd);
	if (option_parse(&ban_cmd, argc, argv, &r.conf, &err) < 0)
		return cmd_usage(&err);
	verb = find_verb(&r.conf);
	if (r.conf.for_time > 0 && (verb == NULL || verb->run != add))
		cmd_usage_exit("--for goes with add");
	r.input = (struct line_input)LINE_INPUT(STDIN_FILENO, LINE_MAX_TAKEN);
	r.out.max = r.store.max = BUF_MAX;
	if (ban_open(&r, verb != NULL && verb->run == list, &err) < 0)
		return cmd_fail(&err);
	result = verb == NULL ? serve(&r, &err) : verb->run(&r, &err);
	banner_close(&r.banner);
	buf_free(&r.out);
	line_input_free(&r.input);
	buf_free(&r.store);
	if (result < 0)
		return cmd_fail(&err);
	result = result > 0 ? EXIT_FINDING : EXIT_DONE;
	return cmd_finish(&err) != 0 ? EXIT_RETRY : result;
}
