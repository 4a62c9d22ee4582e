/* SPDX-License-Identifier: ISC */
/*
 * fe-split: a stream of records into files: one a message, a Maildir++, or
 * mboxes.
 */
#include <unistd.h>

#include "base/cmd.h"
#include "base/log.h"
#include "base/sandbox.h"
#include "record/split.h"

struct split_conf {
	struct cmd_conf cmd;
	const char *directory;
	bool maildir, mbox;
	int64_t size_max;
};

static const struct option_def options[] = {
    CMD_OPTIONS(struct split_conf, cmd),
    {OPTION_TEXT, 'd', "directory", offsetof(struct split_conf, directory),
	"DIR", .flags = OPTION_PER_RUN, .help = "write below this folder"},
    {OPTION_FLAG, 0, "maildir", offsetof(struct split_conf, maildir),
	.flags = OPTION_PER_RUN,
	.help = "make it a Maildir++ with folders and flags"},
    {OPTION_FLAG, 0, "mbox", offsetof(struct split_conf, mbox),
	.flags = OPTION_PER_RUN, .help = "one mbox a folder"},
    {OPTION_SIZE, 0, "size-max", offsetof(struct split_conf, size_max),
	"SIZE", "50M", .flags = OPTION_SHARED, .help = "largest message"},
    {OPTION_END}};

static const struct cmd split_cmd = {.name = "fe-split",
    .synopsis = "[options] -d DIR",
    .summary = "a stream of records out into files, a Maildir or mboxes",
    .options = options};

static int
check_options(const struct split_conf *conf, struct err *err)
{
	if (conf->directory == NULL || conf->cmd.words_n > 0)
		return err_set(err, ERR_USAGE, conf->directory == NULL
			? "-d DIR is missing" : "there is no such argument");
	if (conf->maildir && conf->mbox)
		return err_set(err, ERR_USAGE,
		    "--maildir and --mbox exclude each other");
	if (isatty(STDIN_FILENO))
		return err_set(err, ERR_USAGE, "records are expected on "
		    "standard input, and it is a terminal");
	return 0;
}

static int
worse(int code, const struct err *err)
{
	int other = cmd_fail(err);

	return other > code ? other : code;
}

/* All records; one that cannot be written does not keep back the others. */
static int
write_all(struct split *split, int64_t size_max)
{
	struct record_reader reader;
	struct err err = ERR_INIT;
	enum record_event event;
	int code = EXIT_DONE;

	record_reader_init(&reader, STDIN_FILENO, size_max);
	do {
		struct record *r = NULL;

		event = record_read(&reader, &r, &err);
		if (event == RECORD_BROKEN)
			code = worse(code, &err);
		if (event == RECORD_READ && split_put(split, r, &err) < 0) {
			code = worse(code, &err);
			if (err.kind != ERR_MESSAGE)
				event = RECORD_BROKEN;
		}
		record_free(r);
	} while (event == RECORD_READ || event == RECORD_MARK);
	record_reader_free(&reader);
	return code;
}

int
main(int argc, char *argv[])
{
	struct split_conf conf = {.directory = NULL};
	struct sandbox_path paths[1];
	struct split split;
	struct err err = ERR_INIT;
	int code;

	cmd_start(&split_cmd);
	if (option_parse(&split_cmd, argc, argv, &conf, &err) < 0 ||
	    check_options(&conf, &err) < 0)
		return cmd_usage(&err);
	if (split_open(&split, conf.directory, conf.maildir ? SPLIT_MAILDIR
		: conf.mbox ? SPLIT_MBOX : SPLIT_FILES, &err) < 0)
		return cmd_fail(&err);
	paths[0] = (struct sandbox_path){
	    conf.directory, SANDBOX_READ | SANDBOX_WRITE};
	if (sandbox_enter(SANDBOX_STORE, paths, 1,
		conf.cmd.sandbox == 1, &err) < 0)
		return cmd_fail(&err);
	code = write_all(&split, conf.size_max);
	if (split.inexact)
		log_warning("the line ends of some messages are not those "
		    "they had");
	if (split_close(&split, &err) < 0)
		code = worse(code, &err);
	return code;
}
