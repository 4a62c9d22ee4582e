/* SPDX-License-Identifier: ISC */
/*
 * fe-rotate-keys: new keys in the place of old ones, with overlap and without
 * a lost message.  The kinds of key are in lib/ops/rotate_*.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/cmd.h"
#include "base/interrupt.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/sandbox.h"
#include "net/dns_servers.h"
#include "auth/domain.h"
#include "ops/rotate.h"
#include "ops/rotate_dns.h"

#define DAY_MS INT64_C(86400000)
#define AT(member) offsetof(struct rotate_conf, member)

static const struct option_def options[] = {
    CMD_OPTIONS(struct rotate_conf, cmd),
    {OPTION_FLAG, 'n', "dry-run", AT(dry_run), .flags = OPTION_PER_RUN,
	.help = "say what would be done, change nothing"},
    {OPTION_FLAG, 0, "due", AT(due), .flags = OPTION_PER_RUN,
	.help = "rotate what is older than its limit, and go on with the rest"},
    {OPTION_FLAG, 0, "force", AT(force), .flags = OPTION_PER_RUN,
	.help = "a key is known to others: wait for no overlap and no DNS"},
    {OPTION_CHOICE, 'o', "output", AT(output), "FORM", "text", "text|json",
	.flags = OPTION_PER_RUN, .help = "sentences, or JSON Lines"},
    {OPTION_LIST, 0, "limit", AT(limit), "KIND TIME",
	.help = "how old a kind of key may get: `dkim 180d', `mailbox never'",
	.check = rotate_check_time},
    {OPTION_LIST, 0, "overlap", AT(overlap), "KIND TIME",
	.help = "how long the old key stays good beside the new one",
	.check = rotate_check_time},
    {OPTION_TEXT, 0, "hook", AT(hook), "PROGRAM",
	.help = "run as `PROGRAM publish|delete|reload|... KIND NAME'"},
    {OPTION_DURATION, 0, "lock-wait", AT(lock_wait), "TIME", "60s", .min = 0,
	.max = 86400, .help = "how long to wait for a mailbox"},
    {OPTION_TEXT, 0, "hostname", AT(hostname), "NAME",
	.flags = OPTION_SHARED,
	.help = "name of this host in the mail world (default: the system's)",
	.check = domain_check},
    {OPTION_TEXT, 0, "tls-hook", AT(tls_hook), "PROGRAM",
	.help = "tls: run as `PROGRAM issue tls HOST', has the certificate "
	    "made"},
    {OPTION_LIST, 0, "ssh-host-key", AT(ssh_host_key), "FILE",
	.help = "ssh-host: a host key of sshd's"},
    {OPTION_TEXT, 0, "ssh-config", AT(ssh_config), "FILE",
	"/etc/ssh/sshd_config", .help = "ssh-host: what sshd reads"},
    {OPTION_LIST, 0, "ssh-user", AT(ssh_user), "FILE USER@HOST[:PORT]",
	.help = "ssh-user: a key of ours, and where it lets us in",
	.check = rotate_check_user},
    {OPTION_TEXT, 0, "ssh-authorized", AT(ssh_authorized), "FILE",
	".ssh/authorized_keys", .help = "ssh-user: that file, over there"},
    {OPTION_TEXT, 0, "ssh-known-hosts", AT(ssh_known_hosts), "FILE",
	.help = "ssh-user: keys of those hosts (default: ssh's own)"},
    {OPTION_LIST, 0, "dns-server", AT(dns_server), "IP[@PORT]",
	.help = "dkim, tls: ask this server and no other",
	.check = dns_server_check},
    {OPTION_FLAG, 0, "resolver", AT(resolver),
	.help = "dkim, tls: ask the host's resolver, not the authoritative "
	    "servers"},
    {OPTION_DURATION, 0, "dns-timeout", AT(dns_timeout), "TIME", "5s",
	.min = 1, .max = 60, .help = "how long to wait for an answer"},
    {OPTION_TEXT, 0, "dns-zone", AT(dns_zone), "FILE",
	.flags = OPTION_PER_RUN,
	.help = "take all answers from this zone file"},
    {OPTION_FLAG, 0, "no-dns", AT(no_dns), .flags = OPTION_PER_RUN,
	.help = "ask nobody: believe that what must be published is"},
    {OPTION_END}};

static const struct cmd rotate_cmd = {.name = "fe-rotate-keys",
    .synopsis = "[-n] [--force] KIND[:NAME]...\n"
		"--due [-n] [KIND]...\n"
		"status [-q] [-o text|json] [KIND]...\n"
		"check [HASH]",
    .summary = "rotate keys, with overlap and no lost message",
    .options = options};

/* ---- status ---- */

/* Older than its limit, and its age is what counts. */
static bool
is_due(const struct rotation *r, const struct rotation_key *key)
{
	int64_t limit = rotation_limit(r, r->kind);

	return key->is_in_use && limit >= 0 && (key->since_ms < 0 ||
	    clock_now_ms() - key->since_ms > limit * 1000);
}

static void
print_limit(struct buf *out, int64_t limit)
{
	static const struct {
		int64_t seconds;
		char letter;
	} units[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
	size_t i = 0;

	if (limit < 0) {
		buf_append_text(out, "never");
		return;
	}
	/* as it was written: the largest unit that says it whole */
	while (limit % units[i].seconds != 0)
		i++;
	buf_format(out, "%lld%c", (long long)(limit / units[i].seconds),
	    units[i].letter);
}

static void
print_text(const struct rotation *r, const struct rotation_key *key)
{
	struct buf line = BUF_INIT;

	buf_format(&line, "%s\t%s\t%s\t%s\t", r->kind->name,
	    key->name[0] != '\0' ? key->name : "-",
	    key->id[0] != '\0' ? key->id : "-", key->state);
	if (key->since_ms < 0)
		buf_append_text(&line, "age unknown\t");
	else
		buf_format(&line, "%lld days old\t", (long long)((
		    clock_now_ms() - key->since_ms) / DAY_MS));
	buf_append_text(&line, "limit ");
	print_limit(&line, rotation_limit(r, r->kind));
	if (is_due(r, key))
		buf_append_text(&line, "\tDUE");
	puts(line.p);
	buf_free(&line);
}

static void
print_json(const struct rotation *r, const struct rotation_key *key)
{
	struct buf line = BUF_INIT;
	struct json_writer w = JSON_WRITER(&line);
	char time[CLOCK_TEXT_SIZE];
	int64_t limit = rotation_limit(r, r->kind);

	json_open_object(&w, NULL);
	json_put_text(&w, "kind", r->kind->name);
	json_put_text(&w, "name", key->name);
	if (key->id[0] != '\0')
		json_put_text(&w, "id", key->id);
	json_put_text(&w, "state", key->state);
	if (key->since_ms >= 0) {
		json_put_text(&w, "since", clock_rfc3339(key->since_ms, time));
		json_put_integer(&w, "age_s", (clock_now_ms() -
		    key->since_ms) / 1000);
	}
	if (limit >= 0)
		json_put_integer(&w, "limit_s", limit);
	json_put_bool(&w, "in_use", key->is_in_use);
	json_put_bool(&w, "due", is_due(r, key));
	json_close_object(&w);
	puts(line.p);
	buf_free(&line);
}

/* A kind that cannot be looked at is said, and the others are shown. */
static void
show(struct rotation *r, const char *name)
{
	struct err err = ERR_INIT;

	(void)name;
	if (r->kind->list(r, &err) < 0)
		rotation_fail(r, "", &err);
	for (size_t i = 0; i < r->keys.n; i++) {
		const struct rotation_key *key = &r->keys.items[i];
		bool due = is_due(r, key);

		r->needs_person = r->needs_person || due;
		if (r->conf->cmd.quiet && !due)
			continue;
		if (r->conf->output == ROTATE_JSON)
			print_json(r, key);
		else
			print_text(r, key);
	}
	rotation_keys_free(&r->keys);
}

/* ---- check ---- */

/* Of what is begun: does it wait for its overlap or for DNS, rather than for
 * somebody to go on with it? */
static bool
is_waiting(const struct ledger *l, const struct ledger_entry *begun)
{
	static const char *const waits[] = {"published", "seen", "active"};
	const struct ledger_entry *last =
	    ledger_find(l, begun->kind, begun->name, NULL);

	for (size_t i = 0; i < sizeof(waits) / sizeof(*waits); i++)
		if (strcmp(last->event, waits[i]) == 0)
			return true;
	return false;
}

static void
say_begun(struct rotation *r, const struct ledger_entry *e)
{
	const char *space = e->name[0] != '\0' ? " " : "";

	if (!is_waiting(&r->ledger, e)) {
		printf("%s%s%s was begun and is not done: run it again, or "
		    "--due\n", e->kind, space, e->name);
		r->needs_person = true;
	} else if (!r->conf->cmd.quiet)
		printf("%s%s%s is under way: --due goes on with it\n", e->kind,
		    space, e->name);
}

static void
check(struct rotation *r, const char *hash)
{
	const struct ledger *l = &r->ledger;
	bool found = hash == NULL;

	for (size_t i = 0; i < l->n && !found; i++)
		found = strcmp(l->chain.lines[i].hash, hash) == 0;
	if (l->chain.bad != 0)
		printf("line %zu is not as it was written: %s\n",
		    l->chain.bad, l->chain.fault);
	else if (l->chain.torn > 0)
		printf("the last line has no end: a crash cut it short, and "
		    "the next rotation takes it away\n");
	if (!found)
		printf("no line has the hash %s: the ledger was cut or "
		    "replaced\n", hash);
	for (size_t i = 0; i < l->n; i++) {
		const struct ledger_entry *e = &l->items[i];

		if (ledger_begun(l, e->kind, e->name) == e)
			say_begun(r, e);
	}
	if (l->chain.bad != 0 || l->chain.torn > 0 || !found)
		r->needs_person = true;
	else if (!r->conf->cmd.quiet)
		printf("%zu lines, each holds the hash of the one before\n"
		    "head %s\n", l->n, hash_chain_head(&l->chain));
}

/* ---- rotations ---- */

/* Those of the kind that are due or half way, each name once. */
static int
rotate_due(struct rotation *r, struct err *err)
{
	char **names = NULL;
	size_t n = 0;
	int result = r->kind->list(r, err);

	for (size_t i = 0; i < r->keys.n && result == 0; i++) {
		const struct rotation_key *key = &r->keys.items[i];
		bool have = !is_due(r, key) &&
		    !(key->is_in_use && rotation_begun(r, key->name) != NULL);

		for (size_t j = 0; j < n && !have; j++)
			have = strcmp(names[j], key->name) == 0;
		if (have)
			continue;
		names = mem_array(names, n + 1, sizeof(*names));
		names[n++] = mem_text(key->name);
	}
	rotation_keys_free(&r->keys);
	for (size_t i = 0; i < n; i++) {
		if (result == 0 && *r->stop == 0)
			result = r->kind->rotate(r, names[i][0] != '\0' ?
			    names[i] : NULL, err);
		free(names[i]);
	}
	free(names);
	return result;
}

/* One kind failing keeps no other from its turn. */
static void
turn(struct rotation *r, const char *name)
{
	struct err err = ERR_INIT;
	int result = 0;

	if (*r->stop != 0)
		return;
	if (r->kind->finish != NULL)
		result = r->kind->finish(r, &err);
	if (result == 0)
		result = r->conf->due ? rotate_due(r, &err) :
		    r->kind->rotate(r, name, &err);
	if (result < 0)
		rotation_fail(r, name != NULL ? name : "", &err);
	if (rotation_become_root(&err) < 0)
		rotation_fail(r, "", &err);
}

static const struct rotation_kind *
find_kind(struct slice name, struct err *err)
{
	const struct rotation_kind *kind = rotate_kind_find(name);
	struct buf all = BUF_INIT;

	if (kind != NULL)
		return kind;
	for (size_t i = 0; rotate_kinds[i] != NULL; i++)
		buf_format(&all, "%s%s", i > 0 ? ", " : "",
		    rotate_kinds[i]->name);
	err_set(err, ERR_USAGE, "'%.*s' is no kind of key; there are %s",
	    SLICE_ARG(name), all.p);
	buf_free(&all);
	return NULL;
}

static int
check_words(char **words, int n, bool names, struct err *err)
{
	for (int i = 0; i < n; i++) {
		struct slice name = slice_text(words[i]);
		struct slice kind = slice_cut(&name, ':');

		if (find_kind(kind, err) == NULL)
			return -1;
		if (name.p != NULL && (!names || name.n == 0))
			return err_set(err, ERR_USAGE, "'%s': a kind alone "
			    "goes here", words[i]);
	}
	return 0;
}

static void
each_kind(struct rotation *r, char **words, int n,
    void (*each)(struct rotation *r, const char *name))
{
	for (size_t i = 0; n == 0 && rotate_kinds[i] != NULL; i++) {
		r->kind = rotate_kinds[i];
		each(r, NULL);
	}
	for (int i = 0; i < n; i++) {
		struct slice name = slice_text(words[i]);

		r->kind = rotate_kind_find(slice_cut(&name, ':'));
		each(r, name.p);
	}
}

static int
run(struct rotation *r, struct err *err)
{
	const struct cmd_conf *cmd = &r->conf->cmd;
	const char *verb = cmd->words_n > 0 ? cmd->words[0] : "";
	bool status = strcmp(verb, "status") == 0;
	bool checks = strcmp(verb, "check") == 0;
	int n = cmd->words_n, result;

	if (!checks && check_words(cmd->words + status, n - status, !status &&
		!r->conf->due, err) < 0)
		return -1;
	if (checks && n > 2)
		return err_set(err, ERR_USAGE, "check takes one hash at most");
	if (n == 0 && !r->conf->due)
		return err_set(err, ERR_USAGE, "which kind of key? Or --due, "
		    "status, check (--help)");
	rotate_backups_read(r);
	if (sandbox_enter(SANDBOX_LAUNCH, NULL, 0, false, err) < 0)
		return -1;
	result = status || checks || r->conf->dry_run ?
	    ledger_read(&r->ledger, err) : ledger_open(&r->ledger, err);
	if (result < 0)
		return -1;
	if (checks)
		check(r, n > 1 ? cmd->words[1] : NULL);
	else
		each_kind(r, cmd->words + status, n - status,
		    status ? show : turn);
	return 0;
}

int
main(int argc, char *argv[])
{
	/* fe.conf is read again for the destinations of backups, and the texts
	 * of the first reading hang by this alone then */
	static struct rotate_conf conf;
	struct rotation r = {.conf = &conf};
	struct err err = ERR_INIT;
	int result, code;

	cmd_start(&rotate_cmd);
	if (option_parse(&rotate_cmd, argc, argv, &conf, &err) < 0)
		return cmd_usage(&err);
	r.stop = interrupt_catch();
	progress_begin(&r.progress, conf.cmd.quiet);
	result = run(&r, &err);
	rotate_dns_close(&r);
	ledger_close(&r.ledger);
	code = result < 0 ? cmd_fail(&err) : cmd_finish(&err);
	if (code == EXIT_DONE && r.failed)
		code = EXIT_RETRY;
	return code == EXIT_DONE && r.needs_person ? EXIT_FINDING : code;
}
