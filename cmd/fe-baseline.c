/* SPDX-License-Identifier: ISC */
/*
 * fe-baseline: what configuration, keys and programs are like, signed; and
 * what of it is other than it was, as security events.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/cmd.h"
#include "base/event_socket.h"
#include "base/home.h"
#include "base/installation.h"
#include "base/interrupt.h"
#include "base/io.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/sandbox.h"
#include "base/secret.h"
#include "ops/baseline_key.h"
#include "ops/baseline_look.h"
#include "ops/baseline_watch.h"

#define SETTLE_MS 100 /* what is being changed is changed in several steps */
#define AGAIN_MS (3600 * 1000) /* a look without a reason */

enum { OUTPUT_TEXT, OUTPUT_JSON };

struct baseline_conf {
	struct cmd_conf cmd;
	struct option_list content, keys, except;
	const char *file, *key, *public;
	int output;
	bool events, opens;
};

#define AT(member) offsetof(struct baseline_conf, member)
static const struct option_def options[] = {
    CMD_OPTIONS(struct baseline_conf, cmd),
    {OPTION_CHOICE, 'o', "output", AT(output), "FORM", "text", "text|json",
	.flags = OPTION_PER_RUN, .help = "for people, or events as JSON"},
    {OPTION_LIST, 0, "content", AT(content), "PATH",
	.verbs = "make",
	.help = "look at the content, besides what is usual"},
    {OPTION_LIST, 0, "keys", AT(keys), "PATH",
	.verbs = "make",
	.help = "look at keys from outside only"},
    {OPTION_LIST, 0, "except", AT(except), "PATH",
	.verbs = "make",
	.help = "leave this out"},
    {OPTION_TEXT, 0, "file", AT(file), "FILE",
	.help = "the baseline (default: HOME/state/baseline)"},
    {OPTION_TEXT, 0, "key", AT(key), "FILE",
	.help = "what signs it (default: HOME/keys/baseline.key)"},
    {OPTION_TEXT, 0, "public", AT(public), "FILE",
	.help = "its public part (default: HOME/keys/baseline.pub)"},
    {OPTION_FLAG, 0, "events", AT(events),
	.verbs = "check, watch",
	.help = "send to HOME/run/events, too"},
    {OPTION_FLAG, 0, "opens", AT(opens),
	.verbs = "watch",
	.help = "tell of each key that is opened"},
    {OPTION_END}};

static const struct cmd baseline_cmd = {.name = "fe-baseline",
    .synopsis = "make [--content PATH]... [--keys PATH]...\n"
		"check [-q]\n"
		"watch [--events]",
    .summary = "what files are like, signed, and what has changed since",
    .options = options};

struct baseline_run {
	struct baseline_conf conf;
	struct buf file, key, public;
	struct event_sender events;
	bool failed; /* standard output */
};

/* ---- files of ours ---- */

static void
choose(struct buf *path, const char *given, const char *usual)
{
	if (given != NULL)
		buf_append_text(path, given);
	else
		home_file(path, "%s", usual);
}

static int
read_baseline(struct baseline_run *r, struct baseline *b, struct err *err)
{
	struct buf text = BUF_LIMITED(BASELINE_SIZE_MAX);
	unsigned char public[BASELINE_PUBLIC_SIZE];
	int result = -1;

	if (access(r->file.p, F_OK) < 0)
		return err_set(err, ERR_CONFIG, "there is no baseline '%s': "
		    "`fe-baseline make' makes it", r->file.p);
	if (baseline_key_public(r->public.p, public, err) == 0 &&
	    io_read_file(r->file.p, &text, err) == 0) {
		result = baseline_read(b, buf_slice(&text), public, err);
		if (result < 0)
			err_prefix(err, "'%s'", r->file.p);
	}
	buf_free(&text);
	return result;
}

/* ---- what is looked at ---- */

static const char *const usual_content[] = {"/etc/fe", "/etc/ssh",
    "/etc/nftables.d", "/etc/nftables.conf", "/etc/sudoers", "/etc/sudoers.d",
    "/etc/pam.d", "/etc/passwd", "/etc/group", "/etc/ld.so.preload",
    "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/systemd/system",
    "/etc/cron.d", "/etc/crontab", "/etc/modprobe.d", "/etc/sysctl.d",
    "/etc/security", "/root/.ssh/authorized_keys", "/usr/sbin/sshd",
    "/usr/sbin/nft", "/usr/bin/sudo", "/usr/bin/su"};

static void
add_programs(struct baseline_names *names)
{
	struct buf bin = BUF_INIT, path = BUF_INIT;
	const struct dirent *entry;
	DIR *folder = NULL;

	if (installation_bin(&bin, NULL) == 0)
		folder = opendir(bin.p);
	while (folder != NULL && (entry = readdir(folder)) != NULL)
		if (slice_is(slice_text(entry->d_name), "fe") ||
		    slice_starts(slice_text(entry->d_name), "fe-")) {
			buf_truncate(&path, 0);
			buf_format(&path, "%s/%s", bin.p, entry->d_name);
			baseline_names_add(names, path.p);
		}
	if (folder != NULL)
		closedir(folder);
	buf_free(&bin);
	buf_free(&path);
}

static int
add_list(struct baseline_names *names, const struct option_list *list,
    const char *name, struct err *err)
{
	for (size_t i = 0; i < list->n; i++) {
		size_t n = strlen(list->items[i]);

		if (list->items[i][0] != '/' ||
		    list->items[i][n - 1] == '/')
			return err_set(err, ERR_USAGE, "--%s: '%s' is no "
			    "absolute path without a slash at its end", name,
			    list->items[i]);
		baseline_names_add(names, list->items[i]);
	}
	return 0;
}

static int
choose_names(const struct baseline_conf *conf, struct baseline *b,
    struct err *err)
{
	static const char *const of_home[] = {
	    "fe.conf", "deliver", "sieve/site.sieve"};
	static const char *const not[] = {"keys/log", "keys/tls/tickets"};
	struct buf path = BUF_INIT;

	for (size_t i = 0; i < sizeof(of_home) / sizeof(of_home[0]); i++)
		baseline_names_add(
		    &b->content, home_file(&path, "%s", of_home[i]));
	for (size_t i = 0;
	     i < sizeof(usual_content) / sizeof(usual_content[0]); i++)
		baseline_names_add(&b->content, usual_content[i]);
	add_programs(&b->content);
	baseline_names_add(&b->keys, home_file(&path, "keys"));
	for (size_t i = 0; i < sizeof(not) / sizeof(not[0]); i++)
		baseline_names_add(
		    &b->except, home_file(&path, "%s", not[i]));
	buf_free(&path);
	return add_list(&b->content, &conf->content, "content", err) < 0 ||
		add_list(&b->keys, &conf->keys, "keys", err) < 0 ||
		add_list(&b->except, &conf->except, "except", err) < 0
	    ? -1
	    : 0;
}

static void
copy_names(struct baseline_names *to, const struct baseline_names *from)
{
	for (size_t i = 0; i < from->n; i++)
		baseline_names_add(to, from->items[i]);
}

/* The same files, as they are now. */
static void
look_again(struct baseline *now, const struct baseline *old,
    const struct baseline *known)
{
	*now = (struct baseline){.made_ms = clock_now_ms()};
	copy_names(&now->content, &old->content);
	copy_names(&now->keys, &old->keys);
	copy_names(&now->except, &old->except);
	baseline_look(now, known);
}

/* ---- verbs ---- */

static void
tell(void *context, const struct event *event)
{
	struct baseline_run *r = context;
	struct buf line = BUF_INIT;

	if (r->conf.events)
		event_sender_send(&r->events, event);
	event_write(event, &line);
	if (event_print(&line, r->conf.output == OUTPUT_TEXT, NULL) < 0)
		r->failed = true;
	buf_free(&line);
}

/* It reads all files, and writes its own. */
static int
confine(const struct baseline_run *r, struct err *err)
{
	const struct sandbox_path all = {"/", SANDBOX_READ};

	return sandbox_enter(
	    SANDBOX_STORE, &all, 1, r->conf.cmd.sandbox, err);
}

static int
make(struct baseline_run *r, struct err *err)
{
	struct baseline b = {.made_ms = clock_now_ms()};
	unsigned char *seed = NULL;
	struct buf text = BUF_INIT;
	int result = -1;

	if (choose_names(&r->conf, &b, err) == 0 &&
	    baseline_key_read(r->key.p, r->public.p, &seed, err) == 0) {
		baseline_look(&b, NULL);
		result = baseline_write(&b, seed, &text, err);
	}
	if (result == 0)
		result = io_replace_file(
		    r->file.p, buf_slice(&text), 0600, err);
	if (result == 0 && !r->conf.cmd.quiet)
		printf("%zu files and folders\n", b.n);
	secret_free(seed);
	baseline_free(&b);
	buf_free(&text);
	return result;
}

static int
check(struct baseline_run *r, struct err *err)
{
	struct baseline old, now;
	char made[CLOCK_TEXT_SIZE];
	size_t n;

	if (read_baseline(r, &old, err) < 0 || confine(r, err) < 0)
		return -1;
	look_again(&now, &old, NULL);
	n = baseline_compare(&old, &now, clock_now_ms(), tell, r);
	if (n == 0 && !r->conf.cmd.quiet && r->conf.output == OUTPUT_TEXT)
		printf("%zu files and folders are as they were at %s\n",
		    now.n, clock_rfc3339(old.made_ms, made));
	baseline_free(&old);
	baseline_free(&now);
	if (r->failed)
		return err_errno(err, "cannot write");
	return n > 0;
}

static void
tell_opened(void *context, const char *path)
{
	const struct event event = {.name = SLICE("key-access"),
	    .severity = EVENT_NOTICE, .time_ms = clock_now_ms(),
	    .source = SLICE("fe-baseline"), .object = slice_text(path)};

	tell(context, &event);
}

/* Tells each difference once, when it comes up. */
static void
look_for_changes(struct baseline_run *r, struct baseline_watch *w,
    struct baseline *last, bool first)
{
	struct baseline now;
	size_t watches;

	/* what happened in a new folder before it was watched is seen by the
	 * next look */
	do {
		watches = w->n;
		/* at first every file is read: the baseline may be old */
		look_again(&now, last, first ? NULL : last);
		baseline_compare(last, &now, clock_now_ms(), tell, r);
		baseline_free(last);
		*last = now;
		baseline_watch_add(w, last);
		first = false;
	} while (w->n > watches);
}

static int
watch(struct baseline_run *r, struct err *err)
{
	const volatile sig_atomic_t *stop = interrupt_catch();
	struct baseline_watch w;
	struct baseline last;

	if (read_baseline(r, &last, err) < 0 ||
	    baseline_watch_open(&w, r->conf.opens, err) < 0 ||
	    confine(r, err) < 0)
		return -1;
	/* watched before looked at: nothing happens in between */
	baseline_watch_add(&w, &last);
	look_for_changes(r, &w, &last, true);
	while (!*stop && !r->failed) {
		int ready = io_wait_readable(w.fd, AGAIN_MS);

		if (ready > 0 &&
		    !baseline_watch_read(&w, &last, tell_opened, r))
			continue;
		if (ready > 0) {
			clock_sleep_ms(SETTLE_MS);
			baseline_watch_read(&w, &last, tell_opened, r);
		}
		if (!*stop)
			look_for_changes(r, &w, &last, ready == 0);
	}
	baseline_watch_close(&w);
	baseline_free(&last);
	return r->failed ? err_errno(err, "cannot write") : 0;
}

static const struct verb {
	const char *name;
	int (*run)(struct baseline_run *r, struct err *err);
} verbs[] = {{"make", make}, {"check", check}, {"watch", watch}};

static const struct verb *
find_verb(const struct baseline_conf *conf)
{
	if (conf->cmd.words_n > 1)
		cmd_usage_exit("unexpected argument '%s'", conf->cmd.words[1]);
	for (size_t i = 0; conf->cmd.words_n == 1 && i < 3; i++)
		if (strcmp(conf->cmd.words[0], verbs[i].name) == 0)
			return &verbs[i];
	cmd_usage_exit("say make, check or watch");
}

int
main(int argc, char *argv[])
{
	static struct baseline_run r;
	struct err err = ERR_INIT;
	const struct verb *verb;
	int result;

	cmd_start(&baseline_cmd);
	if (option_parse(&baseline_cmd, argc, argv, &r.conf, &err) < 0)
		return cmd_usage(&err);
	verb = find_verb(&r.conf);
	r.file.max = r.key.max = r.public.max = BUF_MAX;
	choose(&r.file, r.conf.file, "state/baseline");
	choose(&r.key, r.conf.key, "keys/baseline.key");
	choose(&r.public, r.conf.public, "keys/baseline.pub");
	event_sender_open(&r.events, baseline_cmd.name);
	result = verb->run(&r, &err);
	event_sender_close(&r.events);
	buf_free(&r.file);
	buf_free(&r.key);
	buf_free(&r.public);
	if (result < 0)
		return cmd_fail(&err);
	result = result > 0 ? EXIT_FINDING : EXIT_DONE;
	return cmd_finish(&err) != 0 ? EXIT_RETRY : result;
}
