/* SPDX-License-Identifier: ISC */
/*
 * fe-limit: rate limits and greylists.  As a filter it states in `limits'
 * what is over one, and decides nothing; with --serve it answers the SMTP
 * server at connections and recipients.  What it counts is shared by all of
 * its processes and holds no address (lib/scan/limiter.h).
 */
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/home.h"
#include "base/interrupt.h"
#include "base/io.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/sandbox.h"
#include "base/unix_socket.h"
#include "net/ip.h"
#include "record/filter.h"
#include "scan/limit_exempt.h"
#include "scan/limit_report.h"
#include "scan/limit_rule.h"
#include "scan/limit_server.h"
#include "scan/porter.h"

/* Records that wait share a transaction; they are handed on after it. */
#define BATCH_RECORDS 64
#define BATCH_OCTETS ((size_t)4 << 20)
#define RULES_MAX 64
#define WAIT_FILTER_MS 2000 /* for another process's transaction */
#define WAIT_SERVER_MS 200

struct limit_conf {
	struct filter_conf filter;
	struct option_list rules, keys, exempt, trusted;
	const char *rate, *serve, *of;
	int64_t burst, size_max;
	bool dry_run, all;
	struct socket_access_conf access;
};

#define AT(member) offsetof(struct limit_conf, member)
static const struct option_def options[] = {
    FILTER_OPTIONS(struct limit_conf, filter),
    {OPTION_LIST, 0, "rule", AT(rules), "RULE",
	.help = "`NAME key=client.net rate=60/1h', and more: see the manual",
	.check = limit_rule_check},
    {OPTION_LIST, 0, "key", AT(keys), "MEMBERS", .flags = OPTION_PER_RUN,
	.help = "a rule for these members of the record, with --rate"},
    {OPTION_TEXT, 0, "rate", AT(rate), "N/TIME", .flags = OPTION_PER_RUN,
	.help = "rate of --key"},
    {OPTION_NUMBER, 0, "burst", AT(burst), "N", "0", .max = 1000000000,
	.flags = OPTION_PER_RUN,
	.help = "how many --key lets pass at once (default: N of --rate)"},
    {OPTION_LIST, 0, "exempt", AT(exempt), "WHOM",
	.help = "never counted: a network, from:ADDRESS, from:@DOMAIN, "
		"to:ADDRESS, to:@DOMAIN, user", .check = limit_exempt_check},
    {OPTION_LIST, 0, "trusted-network", AT(trusted), "NETWORK",
	.flags = OPTION_SHARED, .help = "never counted either",
	.check = network_check},
    {OPTION_SIZE, 0, "state-max", AT(size_max), "SIZE", "64M",
	.min = 1 << 20, .max = INT64_MAX,
	.help = "how large the state may become"},
    {OPTION_FLAG, 'n', "dry-run", AT(dry_run), .flags = OPTION_PER_RUN,
	.help = "state what would be, count nothing"},
    {OPTION_TEXT, 0, "serve", AT(serve), "SOCKET",
	.flags = OPTION_PER_RUN | OPTION_NO_FILTER,
	.help = "answer fe-receive on this socket"},
    SOCKET_ACCESS_OPTIONS(struct limit_conf, access),
    {OPTION_TEXT, 0, "of", AT(of), "NAME", .flags = OPTION_PER_RUN,
	.help = "list and reset: this rule alone"},
    {OPTION_FLAG, 0, "all", AT(all), .flags = OPTION_PER_RUN,
	.verbs = "reset",
	.help = "everything"},
    {OPTION_END}};

static const struct cmd limit_cmd = {.name = "fe-limit",
    .synopsis = "[options] < records\n"
		"[options] --serve SOCKET\n"
		"[options] list [VALUE...]\n"
		"[options] reset VALUE... | --of NAME | --all",
    .summary = "rate limits and greylists over any key of the record",
    .options = options,
    .flags = CMD_FILTER | CMD_VERBS};

struct limit {
	struct limit_conf *conf;
	struct limiter limiter;
	struct event_sender events;
	struct porter porter; /* of what stays: the filter, the server */
	struct filter filter;
	struct record *batch[BATCH_RECORDS];
	size_t n;
};

/* ---- set up ---- */

static int
read_rules(struct limit *l, struct err *err)
{
	const struct limit_conf *conf = l->conf;
	size_t n = conf->rules.n + conf->keys.n;
	struct limit_rule *rules = mem_zalloc((n + 1) * sizeof(*rules));

	l->limiter.rules = rules;
	for (size_t i = 0; i < conf->rules.n; i++)
		if (limit_rule_parse(
			conf->rules.items[i], &rules[l->limiter.n++], err) < 0)
			return -1;
	for (size_t i = 0; i < conf->keys.n; i++)
		if (limit_rule_make(conf->keys.items[i], conf->rate,
			conf->burst, &rules[l->limiter.n++], err) < 0)
			return -1;
	if (n > RULES_MAX)
		return err_set(err, ERR_CONFIG, "over %d rules", RULES_MAX);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < i; k++)
			if (strcmp(rules[i].name, rules[k].name) == 0)
				return err_set(err, ERR_CONFIG, "two rules "
				    "are named '%s'", rules[i].name);
	return 0;
}

static int
limit_open(struct limit *l, struct err *err)
{
	const struct limit_conf *conf = l->conf;
	int64_t wait_ms = conf->serve != NULL ? WAIT_SERVER_MS
					      : WAIT_FILTER_MS;
	bool stays = conf->filter.cmd.words_n == 0;

	l->limiter.by = limit_cmd.name;
	l->limiter.dry_run = conf->dry_run;
	l->limiter.identity = (struct buf)BUF_INIT;
	/* the porter comes before the key */
	if (stays && porter_open(&l->porter, NULL, err) < 0)
		return -1;
	event_sender_open(&l->events, limit_cmd.name);
	l->limiter.events = &l->events;
	if (read_rules(l, err) < 0 ||
	    limit_exempt_read(&l->limiter.exempt, &conf->exempt,
		&conf->trusted, err) < 0 ||
	    limits_open(&l->limiter.limits, wait_ms, conf->size_max, err) < 0)
		return -1;
	if (stays)
		state_set_fetch(&l->limiter.limits.state,
		    porter_fetch_state_key, &l->porter);
	return 0;
}

static void
limit_close(struct limit *l)
{
	limits_close(&l->limiter.limits);
	porter_close(&l->porter);
	event_sender_close(&l->events);
	limit_exempt_free(&l->limiter.exempt);
	free(l->limiter.rules);
	buf_free(&l->limiter.identity);
}

static int
confine(const struct limit *l, enum sandbox_level level, struct err *err)
{
	struct buf state = BUF_INIT;
	const struct sandbox_path path = {
	    home_file(&state, "state"), SANDBOX_READ | SANDBOX_WRITE};
	int result = sandbox_enter(
	    level, &path, 1, l->conf->filter.cmd.sandbox, err);

	buf_free(&state);
	return result;
}

/* ---- the filter ---- */

static void
log_over(const struct record *r, const struct limit_outcome *outcome)
{
	struct log_event e;

	log_event_begin(&e, LOG_INFO, "over-limit");
	log_event_text(&e, "id", meta_id(&r->meta));
	log_event_number(&e, "retry_after_s", outcome->retry_after_s);
	log_event_end(&e);
}

/* What other programs have stated stays. */
static void
keep_others(const struct record *r, struct json_writer *w)
{
	struct json_walk walk = json_walk(meta_get(&r->meta, "limits"));
	struct slice item;

	while (json_next(&walk, NULL, &item))
		if (!json_string_is(json_get(item, "by"), limit_cmd.name))
			json_put_raw(w, NULL, item);
}

static void
judge(struct limit *l, struct record *r)
{
	const struct limit_subject subject = {
	    .meta = &r->meta, .step = LIMIT_AT_MESSAGE};
	int64_t cpu_us = clock_cpu_us(), wall_us = clock_monotonic_us();
	struct limit_outcome outcome = {.over = false};
	struct buf json = BUF_LIMITED(META_CHECKS_MAX);
	struct json_writer w = JSON_WRITER(&json);

	json_open_array(&w, NULL);
	keep_others(r, &w);
	limiter_judge(&l->limiter, &subject, &w, &outcome);
	json_close_array(&w);
	if (w.failed)
		meta_set_tempfail(&r->meta, limit_cmd.name,
		    "the facts about limits are too long");
	else
		meta_set(&r->meta, "limits", buf_slice(&json));
	buf_free(&json);
	if (outcome.over) {
		filter_found(&l->filter);
		log_over(r, &outcome);
	}
	meta_add_timing(&r->meta, limit_cmd.name, clock_cpu_us() - cpu_us,
	    clock_monotonic_us() - wall_us);
}

/* All records that wait, or as many as one batch may have. */
static void
take_batch(struct limit *l)
{
	size_t octets = 0;
	struct record *r;

	l->n = 0;
	while (l->n < BATCH_RECORDS && octets < BATCH_OCTETS &&
	    (r = filter_next(&l->filter)) != NULL) {
		octets += r->body.n;
		l->batch[l->n++] = r;
	}
}

static void
run_batch(struct limit *l)
{
	limiter_begin(&l->limiter);
	for (size_t i = 0; i < l->n; i++)
		if (!filter_is_final(l->batch[i]))
			judge(l, l->batch[i]);
	limiter_end(&l->limiter);
	for (size_t i = 0; i < l->n; i++)
		filter_emit(&l->filter, l->batch[i]);
}

static int
run_filter(struct limit *l)
{
	struct err err = ERR_INIT;

	if (!limiter_has_step(&l->limiter, LIMIT_AT_MESSAGE))
		log_warning("no rule is for messages: nothing is limited");
	if (filter_open(&l->filter, &limit_cmd, &l->conf->filter, &err) < 0)
		return cmd_usage(&err);
	if (filter_set_no_wait(&l->filter, &err) < 0 ||
	    confine(l, SANDBOX_STORE, &err) < 0)
		return cmd_fail(&err);
	while (!filter_has_ended(&l->filter)) {
		take_batch(l);
		if (l->n > 0)
			run_batch(l);
		else if (!filter_has_ended(&l->filter))
			filter_wait(&l->filter);
	}
	return filter_close(&l->filter);
}

/* ---- the server ---- */

static int
run_server(struct limit *l)
{
	const struct limit_conf *conf = l->conf;
	struct err err = ERR_INIT;
	struct socket_access access;
	struct rlimit limit;
	int listener = -1, signals, result = -1;

	if (socket_access_read(&access, &conf->access, &err) < 0)
		return cmd_usage(&err);
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	signals = interrupt_open(0, &err);
	if (signals >= 0)
		listener = unix_socket_listen(conf->serve, SOCK_SEQPACKET,
		    access.mode, access.group, &err);
	if (listener >= 0 && confine(l, SANDBOX_NET, &err) == 0) {
		limiter_begin(&l->limiter); /* what is wrong is said now */
		limiter_end(&l->limiter);
		result = limit_server_run(
		    &l->limiter, listener, signals, &access, &err);
	}
	socket_access_free(&access);
	return result < 0 ? cmd_fail(&err) : EXIT_DONE;
}

/* ---- verbs ---- */

static int
run_verb(struct limit *l, bool reset)
{
	const struct limit_conf *conf = l->conf;
	const struct limit_report report = {
	    .values = conf->filter.cmd.words + 1,
	    .values_n = (size_t)conf->filter.cmd.words_n - 1,
	    .rule = conf->of,
	    .json = conf->filter.output == OUTPUT_JSON};
	struct err err = ERR_INIT;
	struct buf out = BUF_INIT;
	int64_t n = 0;
	int result;

	if (reset)
		result = limit_report_reset(&l->limiter, &report, &n, &err);
	else
		result = limit_report_list(&l->limiter, &report, &out, &err);
	if (result == 0 && reset && report.json)
		buf_format(&out, "{\"forgotten\":%lld}\n", (long long)n);
	else if (result == 0 && reset && !conf->filter.cmd.quiet)
		buf_format(&out, "%lld forgotten\n", (long long)n);
	if (result == 0)
		result = cmd_put(&out, &err);
	buf_free(&out);
	return result < 0 ? cmd_fail(&err) : cmd_finish(&err);
}

static int
check_verb(const struct limit_conf *conf, struct err *err)
{
	int n = conf->filter.cmd.words_n;
	const char *verb = n > 0 ? conf->filter.cmd.words[0] : "";
	bool reset = strcmp(verb, "reset") == 0;
	int chosen = (n > 1) + (conf->of != NULL) + conf->all;

	if (n > 0 && !reset && strcmp(verb, "list") != 0)
		return err_set(
		    err, ERR_USAGE, "'%s' is none of list, reset", verb);
	if (n > 0 && conf->serve != NULL)
		return err_set(err, ERR_USAGE, "--serve takes no '%s'", verb);
	if (n == 0 && (conf->of != NULL || conf->all))
		return err_set(
		    err, ERR_USAGE, "--of and --all go with list and reset");
	if (reset && (chosen == 0 || (conf->all && chosen > 1)))
		return err_set(err, ERR_USAGE, "reset takes values, --of a "
		    "rule, or --all");
	if (n == 0 && conf->rules.n + conf->keys.n == 0)
		return err_set(err, ERR_USAGE, "there is no rule: give --rule, "
		    "or --key and --rate, or set rule in [fe-limit]");
	return 0;
}

static int
run(struct limit *l)
{
	char **words = l->conf->filter.cmd.words;

	if (l->conf->serve != NULL)
		return run_server(l);
	if (l->conf->filter.cmd.words_n == 0)
		return run_filter(l);
	return run_verb(l, strcmp(words[0], "reset") == 0);
}

int
main(int argc, char *argv[])
{
	struct limit_conf conf = {.dry_run = false};
	struct limit limit = {.conf = &conf, .porter = {.fd = -1}};
	struct err err = ERR_INIT;
	int code;

	cmd_start(&limit_cmd);
	if (option_parse(&limit_cmd, argc, argv, &conf, &err) < 0)
		return cmd_usage(&err);
	if (conf.serve != NULL || conf.filter.cmd.words_n > 0)
		cmd_set_delivery(false);
	if (check_verb(&conf, &err) < 0)
		return cmd_usage(&err);
	code = limit_open(&limit, &err) < 0 ? cmd_fail(&err) : run(&limit);
	limit_close(&limit);
	return code;
}
