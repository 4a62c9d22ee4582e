/* SPDX-License-Identifier: ISC */
/*
 * fe-pool: resident pipelines behind a UNIX socket (lib/record/pool.h), and
 * the filter that hands records on to one.  It starts programs, so it keeps
 * the right to; it opens nothing but its socket and holds no key.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "base/json.h"
#include "base/log.h"
#include "base/process.h"
#include "base/sandbox.h"
#include "base/socket_access.h"
#include "base/unix_socket.h"
#include "record/filter.h"
#include "record/pool.h"
#include "record/pool_link.h"
#include "record/pool_socket.h"

struct pool_cmd_conf {
	struct filter_conf filter;
	const char *connect, *status;
	struct socket_access_conf access;
	int64_t jobs, ahead, depth, memory_max, clients, wait_s, stuck_s;
};

#define SPARE_FDS 16 /* beside those of clients and pipelines */
#define OFFSET(member) offsetof(struct pool_cmd_conf, member)

static const struct option_def options[] = {
    FILTER_OPTIONS(struct pool_cmd_conf, filter),
    {OPTION_TEXT, 0, "connect", OFFSET(connect), "SOCKET",
	.flags = OPTION_PER_RUN,
	.help = "be a filter: hand records on to the pool at SOCKET"},
    {OPTION_TEXT, 0, "status", OFFSET(status), "SOCKET",
	.flags = OPTION_PER_RUN | OPTION_NO_FILTER,
	.help = "print the state of the pool at SOCKET"},
    {OPTION_NUMBER, 'j', "jobs", OFFSET(jobs), "N", .fallback = "2", .min = 1,
	.max = 256, .help = "pipelines"},
    {OPTION_NUMBER, 0, "ahead", OFFSET(ahead), "N", .fallback = "64",
	.min = 1, .max = 4096, .help = "records in one pipeline at once"},
    {OPTION_NUMBER, 0, "depth", OFFSET(depth), "N", .fallback = "1000",
	.min = 1, .max = 1000000,
	.help = "records in hand; more are answered 451"},
    {OPTION_SIZE, 0, "memory-max", OFFSET(memory_max), "SIZE",
	.fallback = "1G", .min = 1024, .max = (int64_t)1 << 50,
	.help = "octets in hand; with more a record is answered 451"},
    {OPTION_NUMBER, 0, "clients", OFFSET(clients), "N", .fallback = "1000",
	.min = 1, .max = 60000, .help = "connections at once"},
    SOCKET_ACCESS_OPTIONS(struct pool_cmd_conf, access),
    {OPTION_DURATION, 0, "wait", OFFSET(wait_s), "TIME", .fallback = "2m",
	.min = 1, .max = 86400,
	.help = "answer within this time where a record states no deadline"},
    {OPTION_DURATION, 0, "stuck", OFFSET(stuck_s), "TIME", .fallback = "1m",
	.min = 1, .max = 86400,
	.help = "end a pipeline so late, or a client so long in mid-record"},
    {OPTION_END}};

static const struct cmd pool_cmd = {.name = "fe-pool",
    .synopsis = "[options] SOCKET program [argument...]\n"
		"[options] --connect SOCKET\n[-o json] --status SOCKET",
    .summary = "resident pipelines behind a UNIX socket",
    .options = options,
    .flags = CMD_FIRST_WORD_ENDS | CMD_FILTER};

/* A descriptor for each client, as far as the system lets us; more wait. */
static int
reserve_descriptors(struct pool_conf *conf, struct err *err)
{
	/* twice for each pipeline, while it is replaced */
	int64_t spare = SPARE_FDS + 4 * conf->pipelines, limit;

	if (process_raise_descriptors(&limit, err) < 0)
		return -1;
	if (limit <= spare)
		return err_set(err, ERR_CONFIG, "%lld descriptors are too few "
		    "for %lld pipelines: raise LimitNOFILE", (long long)limit,
		    (long long)conf->pipelines);
	if (conf->clients <= limit - spare)
		return 0;
	conf->clients = limit - spare;
	log_warning("%lld clients at once, for we may have %lld descriptors: "
	    "raise LimitNOFILE", (long long)conf->clients, (long long)limit);
	return 0;
}

static int
serve(const struct pool_cmd_conf *conf)
{
	char **words = conf->filter.cmd.words;
	struct pool_conf pool_conf = {.argv = words + 1,
	    .pipelines = conf->jobs,
	    .ahead = conf->ahead,
	    .depth = conf->depth,
	    .memory_max = conf->memory_max,
	    .clients = conf->clients,
	    .size_max = conf->filter.size_max,
	    .wait_s = conf->wait_s,
	    .stuck_s = conf->stuck_s};
	struct err err = ERR_INIT;
	struct pool *pool = NULL;
	struct socket_access access;
	int listener = -1, signals, result = -1;

	if (socket_access_read(&access, &conf->access, &err) < 0)
		return cmd_usage(&err);
	pool_conf.peers = access.peers;
	pool_conf.peers_n = access.peers_n;
	signals = interrupt_open(SIGCHLD, &err);
	if (signals >= 0 && reserve_descriptors(&pool_conf, &err) == 0)
		listener = unix_socket_listen(
		    words[0], SOCK_STREAM, access.mode, access.group, &err);
	if (listener >= 0 &&
	    sandbox_enter(SANDBOX_LAUNCH, NULL, 0, false, &err) == 0)
		pool = pool_new(&pool_conf, listener, &err);
	if (pool != NULL)
		result = pool_serve(pool, signals, &err);
	pool_free(pool);
	socket_access_free(&access);
	if (listener >= 0) {
		unlink(words[0]);
		close(listener);
	}
	return result < 0 ? cmd_fail(&err) : EXIT_DONE;
}

static void
print_pipeline(struct slice p)
{
	printf("pipeline pid %.*s, in hand %.*s, answered %.*s, age %.*s s\n",
	    SLICE_ARG(json_get(p, "pid")), SLICE_ARG(json_get(p, "in_hand")),
	    SLICE_ARG(json_get(p, "answered")),
	    SLICE_ARG(json_get(p, "age_s")));
}

static int
print_status(const char *path, bool json)
{
	struct err err = ERR_INIT;
	struct buf status = BUF_INIT;
	struct json_walk walk, pipelines;
	struct slice name, value, pipeline;

	cmd_set_delivery(false);
	if (pool_status(path, &status, &err) < 0)
		return cmd_fail(&err);
	walk = json_walk(buf_slice(&status));
	if (json)
		printf("%s\n", buf_text(&status));
	while (!json && json_next(&walk, &name, &value)) {
		if (json_type(value) != JSON_ARRAY) {
			printf("%.*s %.*s\n", SLICE_ARG(name),
			    SLICE_ARG(value));
			continue;
		}
		pipelines = json_walk(value);
		while (json_next(&pipelines, NULL, &pipeline))
			print_pipeline(pipeline);
	}
	buf_free(&status);
	return cmd_finish(&err);
}

static bool
wants_more(const struct filter *f, const struct pool_link *link)
{
	return !filter_has_ended(f) &&
	    pool_link_owed(link) < POOL_LINK_AHEAD;
}

/* Waits for standard input (where it is wanted) or the pool. */
static void
wait_for_either(struct filter *f, struct pool_link *link)
{
	struct pollfd polls[2] = {
	    {.fd = wants_more(f, link) ? STDIN_FILENO : -1, .events = POLLIN},
	    {.fd = pool_link_fd(link), .events = POLLIN}};

	if (wants_more(f, link) && filter_has_ahead(f))
		return;
	if (poll(polls, 2, -1) > 0 && polls[1].revents != 0)
		pool_link_receive(link);
}

static void
emit_answers(struct filter *f, struct pool_link *link)
{
	struct record *answer;

	while ((answer = pool_link_take(link)) != NULL)
		filter_emit(f, answer);
}

static int
hand_on(const struct pool_cmd_conf *conf)
{
	struct filter filter;
	struct pool_link *link;
	struct record *r;
	struct err err = ERR_INIT;

	if (filter_open(&filter, &pool_cmd, &conf->filter, &err) < 0)
		return cmd_usage(&err);
	if (sandbox_enter(SANDBOX_NET, NULL, 0, conf->filter.cmd.sandbox,
		&err) < 0)
		return cmd_fail(&err);
	if (filter_set_no_wait(&filter, &err) < 0)
		return cmd_usage(&err);
	link = pool_link_new(conf->connect, conf->filter.size_max);
	while (!filter_has_ended(&filter) || pool_link_owed(link) > 0) {
		while (wants_more(&filter, link) &&
		    (r = filter_next(&filter)) != NULL) {
			pool_link_send(link, r);
			emit_answers(&filter, link);
		}
		emit_answers(&filter, link);
		if (!filter_has_ended(&filter) || pool_link_owed(link) > 0)
			wait_for_either(&filter, link);
	}
	pool_link_free(link);
	return filter_close(&filter);
}

int
main(int argc, char *argv[])
{
	struct pool_cmd_conf conf = {0};
	struct err err = ERR_INIT;
	int words;

	cmd_start(&pool_cmd);
	if (option_parse(&pool_cmd, argc, argv, &conf, &err) < 0)
		return cmd_usage(&err);
	words = conf.filter.cmd.words_n;
	if (conf.status != NULL && conf.connect == NULL && words == 0)
		return print_status(
		    conf.status, conf.filter.output == OUTPUT_JSON);
	if (conf.connect != NULL && conf.status == NULL && words == 0)
		return hand_on(&conf);
	if (conf.connect != NULL || conf.status != NULL || words < 2)
		cmd_usage_exit("give SOCKET and a program, or --connect or "
		    "--status with a socket alone");
	return serve(&conf);
}
