/* SPDX-License-Identifier: ISC */
/*
 * fe-log: anonymises lines of logs, keeps them in files that stay small and go
 * in time, and proves that nobody is named in them.  The key of each day's
 * pseudonyms is made here, and destroyed.
 */
#include <string.h>
#include <unistd.h>

#include "base/cmd.h"
#include "base/home.h"
#include "base/interrupt.h"
#include "base/io.h"
#include "base/sandbox.h"
#include "ops/log_verbs.h"

#define AT(member) offsetof(struct log_conf, member)
#define SIZE_MAX_MAX ((int64_t)1 << 50)

static const struct option_def options[] = {CMD_OPTIONS(struct log_conf, cmd),
    {OPTION_SIZE, 0, "file-size", AT(stream.folder.file_size), "SIZE", "16M",
	.min = LOG_FOLDER_FILE_MIN, .max = SIZE_MAX_MAX,
	.help = "begin another file where this one would be larger"},
    {OPTION_SIZE, 0, "total-size", AT(stream.folder.total_size), "SIZE", "1G",
	.min = 2 * LOG_FOLDER_FILE_MIN, .max = SIZE_MAX_MAX,
	.help = "remove the oldest files where all would be larger"},
    {OPTION_DURATION, 0, "keep", AT(stream.folder.keep_s), "TIME", LOG_KEEP,
	.min = 0, .max = 315360000,
	.help = "remove a file so long after the end of its day (UTC)"},
    {OPTION_DURATION, 0, "keep-keys", AT(stream.keep_keys_s), "TIME",
	LOG_KEEP_KEYS,
	.min = 0, .max = 315360000,
	.help = "destroy a key so long after the end of its day"},
    {OPTION_FLAG, 0, "seal", AT(stream.folder.seal),
	.help = "encrypt the files under the key of their day"},
    {OPTION_DURATION, 0, "sync", AT(stream.sync_s), "TIME", "1s", .min = 0,
	.max = 3600,
	.help = "make lines durable after this time at the latest"},
    {OPTION_FLAG, 0, "time", AT(stream.time),
	.help = "put the time before each line that is no JSON object"},
    {OPTION_TIME, 0, "date", AT(date), "DATE", .flags = OPTION_PER_RUN,
	.verbs = "find, cat",
	.help = "of this day (UTC), not of today"},
    {OPTION_NUMBER, 0, "max", AT(max), "N", "20", .min = 0, .max = 1000000,
	.verbs = "audit",
	.help = "tell so many findings of a file, count the others"},
    {OPTION_CHOICE, 'o', "output", AT(output), "FORM", "text", "text|json",
	.flags = OPTION_PER_RUN, .verbs = "audit, find",
	.help = "lines, or JSON objects"},
    {OPTION_END}};

static const struct cmd log_cmd = {.name = "fe-log",
    .synopsis = "[options] [DIR] < lines\n"
		"audit [-q] [-o text|json] [DIR|FILE|-]...\n"
		"find [--date DATE] ADDRESS...\n"
		"cat [--date DATE] [DIR|FILE]...\n"
		"expire [DIR]",
    .summary = "anonymise, rotate and expire logs; prove it",
    .options = options};

/* ---- the filter ---- */

static int
confine(const struct log_conf *conf, struct err *err)
{
	struct buf keys = BUF_INIT;
	const struct sandbox_path paths[] = {
	    {home_file(&keys, "keys/log"), SANDBOX_READ | SANDBOX_WRITE},
	    {conf->stream.folder.path != NULL ? conf->stream.folder.path
					      : "/nonexistent",
		SANDBOX_READ | SANDBOX_WRITE}};
	int result =
	    sandbox_enter(SANDBOX_STORE, paths, 2, conf->cmd.sandbox == 1, err);

	buf_free(&keys);
	return result;
}

static int
run_filter(struct log_conf *conf, struct err *err)
{
	struct log_stream stream;
	struct buf keys = BUF_INIT;
	int signals = interrupt_open(0, err), result;

	if (isatty(STDIN_FILENO))
		cmd_usage_exit("lines of a log are expected on standard input");
	/* what the sandbox names must be there by then */
	if (signals < 0 ||
	    io_make_folders(home_file(&keys, "keys/log"), 0750, err) < 0 ||
	    (conf->stream.folder.path != NULL &&
		io_make_folders(conf->stream.folder.path, 0750, err) < 0) ||
	    confine(conf, err) < 0)
		return cmd_fail(err);
	buf_free(&keys);
	if (log_stream_open(&stream, &conf->stream, err) < 0)
		return cmd_fail(err);
	result = log_stream_run(&stream, STDIN_FILENO, signals, err);
	if (log_stream_close(&stream, result == 0 ? err : NULL) < 0)
		result = -1;
	return result < 0 && !stream.reader_gone ? cmd_fail(err) : EXIT_DONE;
}

static const struct verb {
	const char *name;
	int (*run)(struct log_conf *conf, char **words, struct err *err);
	bool takes_date, has_forms; /* --date, --output */
} verbs[] = {{"audit", log_verb_audit, false, true},
    {"find", log_verb_find, true, true}, {"cat", log_verb_cat, true, false},
    {"expire", log_verb_expire, false, false}};

static const struct verb *
find_verb(const struct log_conf *conf)
{
	const struct verb *verb = NULL;

	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (conf->cmd.words_n > 0 &&
		    strcmp(conf->cmd.words[0], verbs[i].name) == 0)
			verb = &verbs[i];
	if (verb == NULL && conf->cmd.words_n > 1)
		cmd_usage_exit(
		    "one folder, or one of audit, find, cat, expire");
	if (conf->date >= 0 && (verb == NULL || !verb->takes_date))
		cmd_usage_exit("--date goes with find and cat");
	if (conf->output != LOG_OUTPUT_TEXT &&
	    (verb == NULL || !verb->has_forms))
		cmd_usage_exit("-o json goes with audit and find");
	return verb;
}

static int
run(struct log_conf *conf, struct err *err)
{
	const struct verb *verb = find_verb(conf);

	if (verb != NULL)
		return verb->run(conf, conf->cmd.words + 1, err);
	conf->stream.folder.path =
	    conf->cmd.words_n > 0 ? conf->cmd.words[0] : NULL;
	return run_filter(conf, err);
}

int
main(int argc, char *argv[])
{
	struct log_conf conf = {.max = 0};
	struct err err = ERR_INIT;

	cmd_start(&log_cmd);
	if (option_parse(&log_cmd, argc, argv, &conf, &err) < 0)
		return cmd_usage(&err);
	if (conf.stream.folder.total_size < 2 * conf.stream.folder.file_size)
		cmd_usage_exit(
		    "--total-size must be at least twice --file-size");
	return run(&conf, &err);
}
