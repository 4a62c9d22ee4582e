/* SPDX-License-Identifier: ISC */
/*
 * fe-watch: lines of logs and events of our own programs to security events.
 * What a line means stands in the rules (share/watch.rules).
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/cmd.h"
#include "base/event_socket.h"
#include "base/home.h"
#include "base/installation.h"
#include "base/interrupt.h"
#include "base/io.h"
#include "base/line_input.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/sandbox.h"
#include "base/secret.h"
#include "base/socket_access.h"
#include "base/user.h"
#include "ops/watch_ages.h"
#include "ops/watch_clients.h"
#include "ops/watcher.h"

#define LINE_MAX_TAKEN ((size_t)128 << 10) /* of a line; more is passed over */
#define KEY_OCTETS 32
#define AGES_MS (INT64_C(24) * 3600 * 1000)
#define SAVE_MS (INT64_C(10) * 60 * 1000)
#define DATAGRAMS 256 /* before we look at lines again */

enum { OUTPUT_JSON, OUTPUT_TEXT };

struct watch_conf {
	struct cmd_conf cmd;
	const char *rules, *user;
	struct option_list certificates, keys;
	int64_t state_max, certificate_days, key_days;
	int output;
	bool events, replay, check;
	struct socket_access_conf access;
};

#define AT(member) offsetof(struct watch_conf, member)
static const struct option_def options[] = {
    CMD_OPTIONS(struct watch_conf, cmd),
    {OPTION_CHOICE, 'o', "output", AT(output), "FORM", "json", "json|text",
	.flags = OPTION_PER_RUN, .help = "events as JSON, or for people"},
    {OPTION_TEXT, 0, "rules", AT(rules), "FILE",
	.help = "what lines mean (default: watch.rules of share)"},
    {OPTION_FLAG, 0, "check", AT(check), .flags = OPTION_PER_RUN,
	.help = "read the rules, say what is wrong, and stop"},
    {OPTION_FLAG, 0, "events", AT(events),
	.help = "read HOME/run/events as well"},
    {OPTION_FLAG, 0, "replay", AT(replay), .flags = OPTION_PER_RUN,
	.help = "old logs: the time of a line counts; keep nothing"},
    {OPTION_SIZE, 0, "state-max", AT(state_max), "SIZE", "32M",
	.min = 1 << 20, .max = INT64_C(1) << 34,
	.help = "memory for what is counted"},
    {OPTION_NUMBER, 0, "certificate-days", AT(certificate_days), "N", "21",
	.min = 0, .max = 3650, .help = "tell so long before one ends"},
    {OPTION_NUMBER, 0, "key-days", AT(key_days), "N", "400", .min = 0,
	.max = 36500, .help = "tell of keys that are older"},
    {OPTION_LIST, 0, "certificate", AT(certificates), "FILE",
	.help = "a certificate to look at, besides the home's"},
    {OPTION_LIST, 0, "key", AT(keys), "FILE",
	.help = "a key to look at, besides the home's"},
    {OPTION_TEXT, 'u', "user", AT(user), "USER",
	.help = "become this user once all is open", .check = user_check},
    SOCKET_ACCESS_OPTIONS(struct watch_conf, access),
    {OPTION_END}};

static const struct cmd watch_cmd = {.name = "fe-watch",
    .synopsis = "[options] < log",
    .summary = "log lines and events of our programs to security events",
    .options = options};

struct watch {
	struct watch_conf conf;
	struct watch_rules rules;
	struct watcher watcher;
	struct watch_ages ages;
	struct watch_clients clients;
	struct socket_access access;
	struct line_input input;
	struct buf out, line, store, places_path;
	bool keeps_places;
	bool events_alone; /* standard input is /dev/null */
	int events; /* the socket, or -1 */
	int64_t ages_ms, save_ms;
	const volatile sig_atomic_t *stop;
};

/* ---- set-up ---- */

static int
read_rules(struct watch *w, struct err *err)
{
	struct buf path = BUF_INIT;
	int result = 0;

	if (w->conf.rules != NULL)
		buf_append_text(&path, w->conf.rules);
	else
		result = installation_share(&path, "watch.rules", err);
	if (result == 0)
		result = watch_rules_read(&w->rules, path.p, err);
	buf_free(&path);
	return result;
}

/* Without a key for it, what is known of places ends with the process. */
static int
open_places(struct watch *w, unsigned char **key, struct err *err)
{
	struct buf path = BUF_INIT;
	int result = 0;

	home_file(&path, "keys/state.key");
	if (!w->conf.replay && access(path.p, R_OK) == 0)
		result = secret_read_file(path.p, KEY_OCTETS, key, err);
	else if (!w->conf.replay)
		log_info("places are not remembered: cannot read '%s'",
		    path.p);
	buf_free(&path);
	return result;
}

static int
open_watcher(struct watch *w, struct err *err)
{
	unsigned char *key = NULL;
	int result = 0;

	if (open_places(w, &key, err) < 0)
		return -1;
	watcher_init(&w->watcher, &w->rules, (size_t)w->conf.state_max, key,
	    &w->out);
	w->watcher.replay = w->conf.replay;
	w->keeps_places = key != NULL;
	home_file(&w->places_path, "state/places");
	if (w->keeps_places)
		result = watch_places_load(
		    &w->watcher.places, w->places_path.p, err);
	secret_free(key);
	return result;
}

/* Where no group is given, those may send who own the folder. */
static int
open_events(struct watch *w, struct err *err)
{
	struct buf path = BUF_INIT;
	struct stat st;

	w->events = -1;
	if (!w->conf.events)
		return 0;
	w->events_alone = fstat(STDIN_FILENO, &st) == 0 && S_ISCHR(st.st_mode);
	if (socket_access_read(&w->access, &w->conf.access, err) < 0)
		return -1;
	if (w->access.group == (gid_t)-1 && geteuid() == 0 &&
	    stat(home_file(&path, "run"), &st) == 0)
		w->access.group = st.st_gid;
	w->events = event_socket_listen(home_file(&path, "run/events"),
	    w->access.mode, w->access.group, err);
	buf_free(&path);
	return w->events < 0 ? -1 : 0;
}

/* It reads certificates and looks at keys, it writes its places. */
static int
confine(const struct watch *w, struct err *err)
{
	size_t n = 0, certificates_n = w->conf.certificates.n;
	struct sandbox_path *paths =
	    mem_array(NULL, certificates_n + 3, sizeof(*paths));
	struct buf state = BUF_INIT, keys = BUF_INIT, certificate = BUF_INIT;
	int result;

	paths[n++] = (struct sandbox_path){home_file(&state, "state"),
	    SANDBOX_READ | SANDBOX_WRITE};
	paths[n++] = (struct sandbox_path){
	    home_file(&keys, "keys"), SANDBOX_LIST};
	paths[n++] = (struct sandbox_path){
	    home_file(&certificate, "keys/tls/cert.pem"), SANDBOX_READ};
	for (size_t i = 0; i < certificates_n; i++)
		paths[n++] = (struct sandbox_path){
		    w->conf.certificates.items[i], SANDBOX_READ};
	result = sandbox_enter(
	    SANDBOX_STORE, paths, n, w->conf.cmd.sandbox, err);
	buf_free(&state);
	buf_free(&keys);
	buf_free(&certificate);
	free(paths);
	return result;
}

static int
set_up(struct watch *w, struct err *err)
{
	tzset(); /* as long as its file can be read */
	w->ages = (struct watch_ages){.certificate_days =
	    w->conf.certificate_days, .key_days = w->conf.key_days,
	    .certificates = &w->conf.certificates, .keys = &w->conf.keys};
	w->stop = interrupt_catch();
	if (open_watcher(w, err) < 0 || open_events(w, err) < 0 ||
	    io_set_nonblocking(STDIN_FILENO, false) < 0)
		return -1;
	return user_become(w->conf.user, err) < 0 ? -1 : confine(w, err);
}

/* ---- work ---- */

static int
flush(struct watch *w, struct err *err)
{
	return event_print(&w->out, w->conf.output == OUTPUT_TEXT, err);
}

static int
read_input(struct watch *w, struct err *err)
{
	struct slice line;

	if (line_input_read(&w->input, err) < 0)
		return -1;
	while (line_input_next(&w->input, &line))
		watcher_take_line(&w->watcher, line);
	return 0;
}

static void
read_events(struct watch *w)
{
	struct err err = ERR_INIT;
	struct event_origin from;
	struct event event;

	for (int i = 0; i < DATAGRAMS; i++) {
		if (event_socket_read(w->events, &w->line, &from) < 0)
			return;
		if (!socket_access_allows(
			w->access.peers, w->access.peers_n, from.uid))
			log_warning("an event of user %u is refused; see "
			    "--peer", (unsigned)from.uid);
		else if (event_read(buf_slice(&w->line), &event, &w->store,
			     &err) < 0)
			log_warning("an event of user %u: %s",
			    (unsigned)from.uid, err.text);
		else if (watch_clients_allow(&w->clients, &event, &from))
			watcher_take_event(&w->watcher, &event);
		else if (!slice_is(event.name, EVENT_CLIENT))
			log_warning("process %d accuses somebody who is not "
			    "its client", (int)from.pid);
	}
}

/* What the time brings: ages once a day, places saved. */
static int
tick(struct watch *w, bool last, struct err *err)
{
	int64_t now = clock_monotonic_ms();

	if (w->conf.replay)
		return 0;
	if (!last && now >= w->ages_ms) {
		watch_ages_look(&w->ages, clock_now_ms(), &w->out);
		w->ages_ms = now + AGES_MS;
	}
	if (!w->keeps_places || !w->watcher.places.changed ||
	    (!last && now < w->save_ms))
		return 0;
	w->save_ms = now + SAVE_MS;
	return watch_places_save(
	    &w->watcher.places, w->places_path.p, err);
}

static bool
is_done(const struct watch *w)
{
	return *w->stop || (w->input.at_end && !w->events_alone);
}

/* A journalctl that is not there or may not read ends without a line: events
 * alone are for those who said so. */
static int
check_end(const struct watch *w, struct err *err)
{
	if (*w->stop || w->events < 0 || w->input.had_any)
		return 0;
	return err_set(err, ERR_SYSTEM, "the log on standard input ended "
	    "without a line: has its writer failed?");
}

static int
run(struct watch *w, struct err *err)
{
	while (!is_done(w)) {
		struct pollfd fds[2] = {
		    {w->input.at_end ? -1 : STDIN_FILENO, POLLIN, 0},
		    {w->events, POLLIN, 0}};
		int ready;

		if (tick(w, false, err) < 0 || flush(w, err) < 0)
			return -1;
		ready = poll(fds, 2, SAVE_MS);
		if (ready < 0 && errno != EINTR)
			return err_errno(err, "cannot wait for input");
		w->watcher.now_ms = clock_now_ms();
		if (ready > 0 && fds[1].revents != 0)
			read_events(w);
		if (ready > 0 && fds[0].revents != 0 &&
		    read_input(w, err) < 0)
			return -1;
	}
	if (tick(w, true, err) < 0 || flush(w, err) < 0)
		return -1;
	return check_end(w, err);
}

static void
tell_counts(const struct watch *w)
{
	const struct watcher *x = &w->watcher;

	if (x->lines > 0 && x->strange == x->lines)
		log_warning("none of %lld lines has the form of a log that is "
		    "known here: see fe-watch(8)", (long long)x->lines);
	log_info("%lld lines, %lld of them of no known form or doubtful, "
	    "%lld signals, %lld events, at most %zu KiB of state",
	    (long long)(x->lines + w->input.passed_over),
	    (long long)(x->strange + w->input.passed_over),
	    (long long)x->signals,
	    (long long)x->events, watcher_memory(x) >> 10);
}

int
main(int argc, char *argv[])
{
	static struct watch w; /* large */
	struct err err = ERR_INIT;
	int result;

	cmd_start(&watch_cmd);
	if (option_parse(&watch_cmd, argc, argv, &w.conf, &err) < 0)
		return cmd_usage(&err);
	if (w.conf.cmd.words_n > 0)
		cmd_usage_exit("unexpected argument '%s': logs come by "
		    "standard input", w.conf.cmd.words[0]);
	watch_clients_init(&w.clients);
	w.input = (struct line_input)LINE_INPUT(STDIN_FILENO, LINE_MAX_TAKEN);
	w.out.max = w.line.max = w.store.max = w.places_path.max = BUF_MAX;
	if (read_rules(&w, &err) < 0)
		return cmd_fail(&err);
	if (w.conf.check) {
		watch_rules_free(&w.rules);
		return EXIT_DONE;
	}
	if (isatty(STDIN_FILENO) && !w.conf.events)
		cmd_usage_exit("no log on standard input");
	if (set_up(&w, &err) < 0)
		return cmd_fail(&err);
	result = run(&w, &err);
	tell_counts(&w);
	watcher_free(&w.watcher);
	watch_clients_free(&w.clients);
	watch_rules_free(&w.rules);
	socket_access_free(&w.access);
	buf_free(&w.out);
	line_input_free(&w.input);
	buf_free(&w.line);
	buf_free(&w.store);
	buf_free(&w.places_path);
	return result < 0 ? cmd_fail(&err) : cmd_finish(&err);
}
