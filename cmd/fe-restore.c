/* SPDX-License-Identifier: ISC */
/*
 * fe-restore: a home, a mailbox, a folder, a message out of a backup, into a
 * running service or onto a new host; and drills that prove it can be done.
 */
#include <string.h>

#include "base/cmd.h"
#include "base/interrupt.h"
#include "base/sandbox.h"
#include "ops/recovery.h"

#define AT(member) offsetof(struct recovery_conf, member)

static const struct option_def options[] = {
    CMD_OPTIONS(struct recovery_conf, cmd),
    {OPTION_TEXT, 0, "repo", AT(repo), "DIR|URL", .flags = OPTION_PER_RUN,
	.help = "out of this repository, whatever fe.conf says"},
    {OPTION_TEXT, 0, "from", AT(from), "NAME", .flags = OPTION_PER_RUN,
	.help = "out of this destination of fe.conf (default: the first that "
	    "answers)"},
    {OPTION_TEXT, 0, "key-file", AT(key_file), "FILE",
	.flags = OPTION_PER_RUN,
	.help = "the repository key, as printed, or a key file"},
    {OPTION_FLAG, 0, "passphrase", AT(passphrase), .flags = OPTION_PER_RUN,
	.help = "open the repository by a passphrase, which is asked"},
    {OPTION_FLAG, 0, "ask-key", AT(ask_key), .flags = OPTION_PER_RUN,
	.help = "open it by the repository key, which is asked"},
    {OPTION_TEXT, 0, "snapshot", AT(snapshot), "NAME",
	.flags = OPTION_PER_RUN,
	.help = "out of this snapshot (default: latest)"},
    {OPTION_TIME, 0, "at", AT(at_ms), "TIME", .flags = OPTION_PER_RUN,
	.help = "out of the newest snapshot not after that"},
    {OPTION_TEXT, 0, "to", AT(to), "DIR", .flags = OPTION_PER_RUN,
	.verbs = "home",
	.help = "into this folder"},
    {OPTION_TEXT, 0, "below", AT(below), "PATH", .flags = OPTION_PER_RUN,
	.help = "home, -o tar: only this file or folder of the home"},
    {OPTION_TEXT, 0, "message-id", AT(message_id), "ID",
	.flags = OPTION_PER_RUN, .help = "the messages with this Message-ID"},
    {OPTION_TEXT, 0, "into", AT(into), "FOLDER", .flags = OPTION_PER_RUN,
	.help = "into this folder, which is made if missing"},
    {OPTION_FLAG, 0, "replace", AT(replace), .flags = OPTION_PER_RUN,
	.help = "what is there now goes, instead of staying beside"},
    {OPTION_FLAG, 'n', "dry-run", AT(dry_run), .flags = OPTION_PER_RUN,
	.help = "say what would be done, and do nothing"},
    {OPTION_NUMBER, 0, "sample", AT(sample), "N", "5", .max = 1000000,
	.verbs = "drill",
	.help = "so many mailboxes, drawn by lot; 0: everything"},
    {OPTION_DURATION, 0, "lock-wait", AT(lock_wait_s), "TIME", "30s",
	.max = 86400, .help = "wait so long for others"},
    {OPTION_CHOICE, 'o', "output", AT(output), "FORM", "text",
	"text|json|tar|mtree", .flags = OPTION_PER_RUN,
	.help = "lines, JSON, or the snapshot as an archive or its listing"},
    {OPTION_END}};

static const struct cmd restore_cmd = {
    .name = "fe-restore",
    .synopsis = "home [--to DIR] [--below PATH]\n"
	"ADDRESS[:FOLDER[/UID]] [--message-id ID] [--into FOLDER] "
	"[--replace] [QUERY]\n"
	"find ADDRESS[:FOLDER] QUERY\n"
	"SNAPSHOT -o tar|mtree\n"
	"drill [--sample N]\n"
	"drill verify FILE",
    .summary = "restore a home, a mailbox, a message; drills",
    .options = options};

static int
choose(struct recovery *r, struct err *err)
{
	const char *word = r->n > 0 ? r->words[0] : "";

	if (r->n == 0)
		return err_set(err, ERR_USAGE, "restore what? (--help)");
	if (r->conf->output >= RECOVERY_TAR)
		return recovery_archive(r, err);
	if (strcmp(word, "home") == 0)
		return recovery_home(r, err);
	if (strcmp(word, "find") == 0)
		return recovery_find(r, err);
	if (strcmp(word, "drill") == 0)
		return recovery_drill(r, err);
	if (place_looks_like(slice_text(word)))
		return recovery_mailbox(r, err);
	return err_set(err, ERR_USAGE, "'%s' is nothing that fe-restore does "
	    "(--help)", word);
}

int
main(int argc, char *argv[])
{
	struct recovery_conf conf = {.cmd = {0}};
	struct recovery r = {.conf = &conf, .out = BUF_INIT};
	struct err err = ERR_INIT;
	int result, code;

	cmd_start(&restore_cmd);
	if (option_parse(&restore_cmd, argc, argv, &conf, &err) < 0)
		return cmd_usage(&err);
	r.stop = interrupt_catch();
	r.words = conf.cmd.words;
	r.n = conf.cmd.words_n;
	progress_begin(&r.progress, conf.cmd.quiet);
	if (sandbox_enter(SANDBOX_LAUNCH, NULL, 0, false, &err) < 0)
		return cmd_fail(&err);
	result = choose(&r, &err);
	recovery_close(&r);
	code = result < 0 ? cmd_fail(&err) : cmd_finish(&err);
	return code == EXIT_DONE && r.found ? EXIT_FINDING : code;
}
