/* SPDX-License-Identifier: ISC */
/*
 * fe-backup: encrypted, deduplicated backups of the home in several places,
 * made while mail flows and without any key of a mailbox.  A run over all
 * destinations starts one process of its own for each.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cmd.h"
#include "base/installation.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/process.h"
#include "ops/backup.h"
#include "ops/progress.h"
#include "ops/vault.h"

static const struct cmd backup_cmd = {
    .name = "fe-backup",
    .synopsis = "[options]\n"
	"init [--sealed | --adopt | --like NAME]\n"
	"list [SNAPSHOT]\n"
	"find PATTERN\n"
	"diff SNAPSHOT [SNAPSHOT]\n"
	"key [confirm | add --passphrase|--to FILE|--public FILE | "
	"remove SLOT]\n"
	"status [-o text|json|svg]\n"
	"copy FROM TO\n"
	"forget [-n] [SNAPSHOT...]\n"
	"erase ADDRESS\n"
	"prune [-n]\n"
	"check [--read-data]\n"
	"unlock [--all]",
    .summary = "encrypted backups of the home in several places",
    .options = backup_conf_options};

/* ---- the verbs ---- */

static const struct verb {
	const char *name;
	vault_verb *run;
	bool each; /* without --instance: at every destination */
} verbs[] = {
	{"backup", vault_backup, true}, {"init", vault_init, false},
	{"list", vault_list, false},    {"find", vault_find, false},
	{"diff", vault_diff, false},    {"key", vault_key, false},
	{"status", vault_status, true}, {"copy", vault_copy, false},
	{"forget", vault_forget, true}, {"erase", vault_erase, true},
	{"prune", vault_prune, true},   {"check", vault_check, true},
	{"unlock", vault_unlock, true}
};

static const struct verb *
find_verb(const struct cmd_conf *conf, struct err *err)
{
	if (conf->words_n == 0)
		return &verbs[0];
	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
		if (strcmp(verbs[i].name, conf->words[0]) == 0)
			return &verbs[i];
	err_set(err, ERR_USAGE, "'%s' is nothing that fe-backup does (--help)",
	    conf->words[0]);
	return NULL;
}

/* ---- all destinations ---- */

/* The worst of what the processes said: 75 over 64 over 1 over 0. */
static int
run_one(char *argv[], int argc, const char *name,
    const volatile sig_atomic_t *stop)
{
	static char option[] = "--instance";
	char **words = mem_zalloc(((size_t)argc + 3) * sizeof(*words));
	const struct process_fd fds[] = {{0, 0}, {1, 1}, {2, 2}};
	struct err err = ERR_INIT;
	struct buf self = BUF_INIT;
	char text[64];
	int status = 0, n = 0;
	pid_t pid = -1;

	if (installation_bin(&self, &err) == 0) {
		buf_append_text(&self, "/fe-backup");
		words[n++] = self.p;
		if (backup_conf_has_section(name)) {
			words[n++] = option;
			words[n++] = (char *)(uintptr_t)name;
		}
		for (int i = 1; i < argc; i++)
			words[n++] = argv[i];
		pid = process_start(words, fds, 3, &err);
	}
	free(words);
	buf_free(&self);
	if (pid < 0)
		return cmd_fail(&err);
	while (process_wait(pid, 1000, &status) == 0)
		if (*stop != 0)
			process_kill(pid, SIGTERM);
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	log_error("%s: %s", name, process_status_text(status, text));
	return EXIT_RETRY;
}

static int
run_all(char *argv[], int argc, char **names, size_t n,
    const volatile sig_atomic_t *stop)
{
	int worst = 0;

	fflush(stdout);
	for (size_t i = 0; i < n && *stop == 0; i++) {
		int code = run_one(argv, argc, names[i], stop);

		worst = code > worst ? code : worst;
	}
	return worst;
}

/* Several destinations, and none was named. */
static int
spread(const struct vault *v, const struct verb *verb, char ***names,
    size_t *n, struct err *err)
{
	*n = 0;
	if (v->conf->cmd.instance != NULL || v->conf->repo != NULL ||
	    v->conf->destination.path != NULL ||
	    v->conf->destination.url != NULL || verb->run == vault_copy)
		return 0;
	if (backup_conf_names(names, n, err) < 0)
		return -1;
	if (*n == 0)
		return err_set(err, ERR_CONFIG, "no destination: a section "
		    "[fe-backup NAME] of fe.conf with path or url, or --repo");
	if (*n > 1 && !verb->each)
		return err_set(err, ERR_USAGE, "which destination? --instance "
		    "NAME (the first is `%s')", (*names)[0]);
	return 0;
}

int
main(int argc, char *argv[])
{
	struct backup_conf conf = {.rpo_s = 0};
	struct vault v = {.conf = &conf, .out = BUF_INIT};
	struct err err = ERR_INIT;
	const struct verb *verb;
	char **names = NULL;
	size_t n = 0;
	int result, code;

	cmd_start(&backup_cmd);
	if (option_parse(&backup_cmd, argc, argv, &conf, &err) < 0)
		return cmd_usage(&err);
	backup_conf_settle(&conf);
	verb = find_verb(&conf.cmd, &err);
	if (verb == NULL)
		return cmd_usage(&err);
	v.stop = interrupt_catch();
	if (spread(&v, verb, &names, &n, &err) < 0)
		return cmd_usage(&err);
	if (n > 0) {
		code = run_all(argv, argc, names, n, v.stop);
		backup_conf_names_free(names, n);
		return code;
	}
	v.words = conf.cmd.words_n > 0 ? conf.cmd.words + 1 : conf.cmd.words;
	v.n = conf.cmd.words_n > 0 ? conf.cmd.words_n - 1 : 0;
	progress_begin(&v.progress, conf.cmd.quiet);
	result = verb->run(&v, &err);
	site_close(&v.site);
	buf_wipe(&v.out);
	code = result < 0 ? cmd_fail(&err) : cmd_finish(&err);
	return code == EXIT_DONE && v.found ? EXIT_FINDING : code;
}
