/* SPDX-License-Identifier: ISC */
#ifndef FE_BASE_CMD_H
#define FE_BASE_CMD_H

#include "buf.h"
#include "option.h"

/*
 * What every program does alike: how it starts, fails and finishes.
 *
 *	static const struct option_def options[] = {
 *		CMD_OPTIONS(struct x_conf, cmd),
 *		{OPTION_NUMBER, 'j', "jobs", offsetof(struct x_conf, jobs),
 *		    .argument = "N", .fallback = "1", .min = 1, .max = 64,
 *		    .help = "records at once"},
 *		{OPTION_END}};
 *	static const struct cmd x_cmd = {.name = "fe-x", ...};
 *
 *	int main(int argc, char *argv[])
 *	{
 *		struct x_conf conf = {0};
 *		struct err err = ERR_INIT;
 *
 *		cmd_start(&x_cmd);
 *		if (option_parse(&x_cmd, argc, argv, &conf, &err) < 0)
 *			return cmd_usage(&err);
 *		...
 *		return cmd_finish(&err);
 *	}
 */

/* Exit codes (fe-record(5)).  On the delivery path only 0 and 75. */
enum {
	EXIT_DONE = 0,
	EXIT_FINDING = 1,
	EXIT_USAGE = 64,
	EXIT_BAD_MESSAGE = 65,
	EXIT_RETRY = 75
};

struct cmd_conf {
	const char *home;     /* --home */
	const char *instance; /* --instance */
	bool quiet;
	int verbose;
	int log;     /* enum log_format */
	bool log_personal; /* for log_read_key() */
	int sandbox; /* 1: a kernel without Landlock is fatal */
	int64_t now; /* --now; -1: the clock runs */
	char **words; /* what is left of argv, NULL at its end */
	int words_n;
};

#define CMD_OPTIONS(type, member) \
	{OPTION_TEXT, 0, "home", offsetof(type, member.home), "DIR", \
	    .flags = OPTION_PER_RUN, \
	    .help = "root of all files (default: $FE_HOME, else " \
	    "/var/lib/fe)"}, \
	{OPTION_TEXT, 0, "instance", offsetof(type, member.instance), \
	    "NAME", .flags = OPTION_PER_RUN, \
	    .help = "read [PROGRAM NAME] of fe.conf as well"}, \
	{OPTION_FLAG, 'q', "quiet", offsetof(type, member.quiet), \
	    .flags = OPTION_PER_RUN, .help = "say only what needs a person"}, \
	{OPTION_COUNT, 'v', "verbose", offsetof(type, member.verbose), \
	    .flags = OPTION_PER_RUN, .help = "say more"}, \
	{OPTION_CHOICE, 0, "log", offsetof(type, member.log), "FORM", \
	    "text", "text|json", .flags = OPTION_SHARED, \
	    .help = "sentences for people, or one JSON object an event"}, \
	{OPTION_FLAG, 0, "log-personal", \
	    offsetof(type, member.log_personal), .flags = OPTION_SHARED, \
	    .help = "log addresses as they are, not as keyed hashes"}, \
	{OPTION_CHOICE, 0, "sandbox", offsetof(type, member.sandbox), "HOW", \
	    "auto", "auto|require", .flags = OPTION_SHARED, \
	    .help = "run without Landlock where the kernel has none, or " \
	    "refuse to"}, \
	{OPTION_TIME, 0, "now", offsetof(type, member.now), "TIME", \
	    .flags = OPTION_PER_RUN, \
	    .help = "take this for the present time (RFC 3339)"}

enum {
	CMD_DELIVERY = 1,      /* usage and failures exit 75 */
	CMD_FIRST_WORD_ENDS = 2, /* options end at the first word */
	CMD_FILTER = 4,        /* delivery unless -o text or json */
	CMD_VERBS = 8          /* of a filter: a first word is for people */
};

struct cmd {
	const char *name;     /* `fe-verify' */
	const char *synopsis; /* `[options] [FILE]'; several lines allowed */
	const char *summary;  /* one sentence, as in share/commands */
	const struct option_def *options; /* OPTION_END last */
	unsigned flags;
};

/*
 * Fills *conf (which starts zeroed): defaults, then [fe], the program's
 * section, its instance's section, then the command line; the last of a
 * repeated single option on the command line wins, in fe.conf a second value
 * is an error.  Handles --help, --version, --config and --completion itself
 * (prints, exits).  Closes every descriptor above 2 that no option or
 * LISTEN_FDS names.  ERR_USAGE or ERR_CONFIG.  (In option_parse.c.)
 */
int option_parse(const struct cmd *cmd, int argc, char **argv, void *conf,
    struct err *err);

/* First line of main: descriptors 0 to 2 exist (to a standard output that was
 * closed nothing can be written), umask 077, SIGPIPE ignored, no core file,
 * not dumpable, environment cut down to what HOME.md names. */
void cmd_start(const struct cmd *cmd);
/* The name given to cmd_start. */
const char *cmd_name(void);
/* From now on failures are (or are not) on the delivery path: 75, with
 * `4.3.0 ' at the head of the sentence. */
void cmd_set_delivery(bool on);
bool cmd_is_delivery(void);
/* Both write the sentence to standard error and return the exit code:
 * delivery 75; else ERR_USAGE 64, ERR_MESSAGE 65, others 75. */
int cmd_usage(const struct err *err);
int cmd_fail(const struct err *err);
/* Writes `out' to standard output and empties it.  A reader that went away
 * is no failure here: what comes of it is for cmd_finish to say. */
int cmd_put(struct buf *out, struct err *err);
int cmd_put_octets(struct slice octets, struct err *err);
/* Flushes standard output and checks it; 0, or cmd_fail.  EPIPE is silent:
 * 0 for text and JSON, 75 on the delivery path. */
int cmd_finish(struct err *err);
/* A sentence that begins with `PROGRAM: ' and ends the process with 64/75. */
void cmd_usage_exit(const char *format, ...)
    __attribute__((format(printf, 1, 2), noreturn));

#endif
