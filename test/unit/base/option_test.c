/* SPDX-License-Identifier: ISC */
/*
 * The option table through option_parse, in a child for each row: a program
 * that prints what it was told, or fails as a command fails.
 */
#include "base/cmd.h"

#include <errno.h>
#include <seccomp.h>
#include <stdlib.h>

#include "base/home.h"
#include "base/io.h"
#include "base/mem.h"
#include "child.h"
#include "unit.h"

struct sample_conf {
	struct cmd_conf cmd;
	const char *text;
	int tls;
	int64_t jobs;
	int64_t size;
	int64_t wait;
	int fd;
	bool strict, deep;
	struct option_list networks;
};

static const struct option_def options[] = {
    CMD_OPTIONS(struct sample_conf, cmd),
    {OPTION_TEXT, 't', "text", offsetof(struct sample_conf, text), "TEXT",
	.help = "any text"},
    {OPTION_CHOICE, 0, "tls", offsetof(struct sample_conf, tls), "HOW",
	.fallback = "offer", .choices = "off|offer|require", .help = "TLS"},
    {OPTION_NUMBER, 'j', "jobs", offsetof(struct sample_conf, jobs), "N",
	.fallback = "2", .min = 1, .max = 64, .help = "records at once"},
    {OPTION_SIZE, 0, "size-max", offsetof(struct sample_conf, size), "SIZE",
	.fallback = "50M", .flags = OPTION_SHARED, .help = "largest message"},
    {OPTION_DURATION, 0, "wait", offsetof(struct sample_conf, wait), "TIME",
	.fallback = "5m", .help = "patience"},
    {OPTION_FD, 0, "password-fd", offsetof(struct sample_conf, fd), "N",
	.flags = OPTION_PER_RUN, .help = "read it there"},
    {OPTION_FLAG, 0, "strict", offsetof(struct sample_conf, strict),
	.help = "be strict"},
    {OPTION_FLAG, 0, "deep", offsetof(struct sample_conf, deep),
	.verbs = "make, check", .help = "look below"},
    {OPTION_LIST, 0, "trusted-network",
	offsetof(struct sample_conf, networks), "NET", .flags = OPTION_SHARED,
	.help = "trust it"},
    {OPTION_END}};

static struct cmd sample = {.name = "fe-sample",
    .synopsis = "[options] [WORD...]\n[options] -",
    .summary = "does nothing well",
    .options = options};

#define ARGS_MAX 8
static char home[] = "/tmp/fe-option-test-XXXXXX";

static int
sample_main(void *arg)
{
	char **argv = arg;
	struct sample_conf conf = {0};
	struct err err = ERR_INIT;
	int argc = 0;

	while (argv[argc] != NULL)
		argc++;
	cmd_start(&sample);
	if (option_parse(&sample, argc, argv, &conf, &err) < 0)
		return cmd_usage(&err);
	printf("text=%s tls=%d jobs=%lld size=%lld wait=%lld fd=%d strict=%d "
	       "verbose=%d quiet=%d now=%lld home=%s networks=",
	    conf.text != NULL ? conf.text : "-", conf.tls,
	    (long long)conf.jobs, (long long)conf.size, (long long)conf.wait,
	    conf.fd, conf.strict, conf.cmd.verbose, conf.cmd.quiet,
	    (long long)conf.cmd.now,
	    strcmp(home_path(), home) == 0 ? "ours" : home_path());
	for (size_t i = 0; i < conf.networks.n; i++)
		printf("%s,", conf.networks.items[i]);
	printf(" words=");
	for (int i = 0; i < conf.cmd.words_n; i++)
		printf("%s,", conf.cmd.words[i]);
	printf("\n");
	return cmd_finish(&err);
}

struct row {
	const char *name;
	const char *config;
	const char *argv[ARGS_MAX];
	int status;
	const char *want; /* in the output, in the error if status is not 0 */
};

static void
run_row(const struct row *row)
{
	struct child child = CHILD_INIT;
	struct err err = ERR_INIT;
	struct buf path = BUF_INIT;
	char *argv[ARGS_MAX + 2] = {mem_text("fe-sample")};

	for (int i = 0; i < ARGS_MAX && row->argv[i] != NULL; i++)
		argv[i + 1] = mem_text(row->argv[i]);
	home_set(home);
	EXPECT(io_replace_file(home_file(&path, "fe.conf"),
		   slice_text(row->config), 0600, &err) == 0);
	child_run(&child, sample_main, argv);
	EXPECT_NUMBER(row->name, row->status, child_status(&child));
	if (strstr(buf_text(row->status == 0 ? &child.out : &child.err),
		row->want) == NULL) {
		unit_failed++;
		printf("# %s: '%s' not in '%s%s'\n", row->name, row->want,
		    buf_text(&child.out), buf_text(&child.err));
	}
	if (row->status != 0)
		EXPECT_NUMBER(row->name, 0, child.out.n);
	for (int i = 0; argv[i] != NULL; i++)
		free(argv[i]);
	child_free(&child);
	buf_free(&path);
}

static void
run_rows(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		run_row(&rows[i]);
}
#define RUN_ROWS(rows) run_rows((rows), sizeof(rows) / sizeof(*(rows)))

static void
takes_what_the_table_says_from_the_line(void)
{
	static const struct row rows[] = {
	    {"defaults", "", {0}, 0,
		"text=- tls=1 jobs=2 size=52428800 wait=300 fd=-1 strict=0 "
		"verbose=0 quiet=0 now=-1 home=ours networks= words=\n"},
	    {"long with =", "", {"--text=a=b"}, 0, "text=a=b "},
	    {"long with word", "", {"--text", "a b"}, 0, "text=a b "},
	    {"short", "", {"-t", "x", "-j3"}, 0, "text=x tls=1 jobs=3"},
	    {"choice", "", {"--tls=require"}, 0, "tls=2 "},
	    {"flag", "", {"--strict"}, 0, "strict=1 "},
	    {"no flag", "", {"--strict", "--no-strict"}, 0, "strict=0 "},
	    {"count", "", {"-v", "-vv", "--verbose"}, 0, "verbose=4 "},
	    {"last wins", "", {"-j", "3", "--jobs=4"}, 0, "jobs=4 "},
	    {"list", "",
		{"--trusted-network=::1", "--trusted-network=10.0.0.0/8"}, 0,
		"networks=::1,10.0.0.0/8, "},
	    {"now", "", {"--now=2026-11-22"}, 0, "now=1795305600000 "},
	    {"words", "", {"a", "--strict", "b"}, 0, "words=a,b,"},
	    {"words after --", "", {"--", "--strict", "-x"}, 0,
		"words=--strict,-x,"},
	    {"a dash is a word", "", {"-"}, 0, "words=-,"},
	    {"empty value", "", {"--text="}, 0, "text= tls"},
	    {"its verb", "", {"check", "--deep"}, 0, "words=check,"},
	    {"not asked for", "[fe-sample]\ndeep=yes\n", {"list"}, 0,
		"words=list,"},
	};

	RUN_ROWS(rows);
}

static void
refuses_what_the_table_does_not_say(void)
{
	static const struct row rows[] = {
	    {"unknown", "", {"--bogus"}, 64, "unknown option '--bogus'"},
	    {"unknown short", "", {"-x"}, 64, "unknown option '-x'"},
	    {"unknown with value", "", {"--bogus=1"}, 64, "--bogus"},
	    {"abbreviation", "", {"--stri"}, 64, "unknown option '--stri'"},
	    {"abbreviation with value", "", {"--tex=1"}, 64, "--tex"},
	    {"no value", "", {"--text"}, 64, "needs a value"},
	    {"flag with value", "", {"--strict=yes"}, 64, "--strict"},
	    {"choice", "", {"--tls=maybe"}, 64,
		"--tls takes one of off|offer|require, not 'maybe'"},
	    {"too small", "", {"-j0"}, 64,
		"--jobs takes a number from 1 to 64"},
	    {"too large", "", {"-j65"}, 64, "not '65'"},
	    {"no number", "", {"-j", "2x"}, 64, "not '2x'"},
	    {"size", "", {"--size-max=-1"}, 64, "a size like 50M"},
	    {"duration", "", {"--wait=1y"}, 64, "a time like 36h"},
	    {"time", "", {"--now=soon"}, 64, "2026-11-22T02:19:17Z"},
	    {"fd", "", {"--password-fd=-1"}, 64, "a number"},
	    {"another verb's", "", {"list", "--deep"}, 64,
		"--deep is of make, check, not of 'list'"},
	    {"part of a verb", "", {"--deep", "mak"}, 64, "not of 'mak'"},
	    {"bad one before a good", "", {"-j0", "-j1"}, 64, "not '0'"},
	    {"terminal escapes", "", {"--tls=\x1b[2J"}, 64, "not '?[2J'"},
	};

	RUN_ROWS(rows);
}

static void
reads_sections_from_the_general_to_the_special(void)
{
	static const struct row rows[] = {
	    {"[fe]", "[fe]\nsize-max = 1K\n", {0}, 0, "size=1024 "},
	    {"program over [fe]",
		"[fe-sample]\nsize-max=2K\n[fe]\nsize-max=1K\n", {0}, 0,
		"size=2048 "},
	    {"instance over program",
		"[fe-sample submission]\njobs=9\n[fe-sample]\njobs=8\n",
		{"--instance=submission"}, 0, "jobs=9 "},
	    {"another instance",
		"[fe-sample lmtp]\njobs=9\n[fe-sample]\njobs=8\n", {0}, 0,
		"jobs=8 "},
	    {"line over instance", "[fe-sample x]\njobs=9\n",
		{"--instance=x", "-j7"}, 0, "jobs=7 "},
	    {"a list from the top layer alone",
		"[fe]\ntrusted-network=::1\n[fe-sample]\n"
		"trusted-network=::2\ntrusted-network=::3\n", {0}, 0,
		"networks=::2,::3, "},
	    {"flag", "[fe-sample]\nstrict = yes\n", {0}, 0, "strict=1 "},
	    {"flag off on the line", "[fe-sample]\nstrict = yes\n",
		{"--no-strict"}, 0, "strict=0 "},
	    {"somebody else's section", "[fe-other]\nbogus = 1\n", {0}, 0,
		"jobs=2 "},
	    {"a longer name's section", "[fe-samples]\nbogus = 1\n", {0}, 0,
		"jobs=2 "},
	    {"a key of [fe] that is not ours", "[fe]\nhostname = h\n", {0}, 0,
		"jobs=2 "},
	    {"spaces, comment, CRLF",
		"# x\r\n\r\n[fe-sample]\r\n  text =  a # b; c  \r\n", {0}, 0,
		"text=a # b; c tls"},
	};

	RUN_ROWS(rows);
}

static void
names_file_and_line_of_a_bad_config(void)
{
	static const struct row rows[] = {
	    {"unknown key", "[fe-sample]\n\nbogus = 1\n", {0}, 75,
		"fe.conf:3: unknown key 'bogus' in [fe-sample]"},
	    {"unknown shared key", "[fe]\nbogus = 1\n", {0}, 75,
		"fe.conf:2: unknown key 'bogus' in [fe]"},
	    {"second value", "[fe-sample]\njobs=1\njobs=1\n", {0}, 75,
		"fe.conf:3: a second value for 'jobs'"},
	    {"bad value", "[fe-sample]\njobs=0\n", {0}, 75,
		"fe.conf:2: 'jobs' takes a number from 1 to 64, not '0'"},
	    {"bad value, though the line has a good one",
		"[fe-sample]\njobs=0\n", {"-j1"}, 75, "fe.conf:2:"},
	    {"flag", "[fe-sample]\nstrict=maybe\n", {0}, 75, "yes or no"},
	    {"per run", "[fe-sample]\nnow=2026-11-22\n", {0}, 75,
		"fe.conf:2: 'now' belongs on the command line"},
	    {"count", "[fe-sample]\nverbose=1\n", {0}, 75, "fe.conf:2:"},
	    {"before a section", "jobs=1\n", {0}, 75,
		"fe.conf:1: 'jobs' stands before the first [section]"},
	    {"no instance", "[fe-sample a]\n", {"--instance=b"}, 75,
		"no section [fe-sample b]"},
	    {"no key", "[fe-sample]\nwhat is this\n", {0}, 75, "fe.conf:2:"},
	};

	RUN_ROWS(rows);
}

static void
explains_itself(void)
{
	static const struct row rows[] = {
	    {"help", "", {"--help"}, 0, "usage: fe-sample [options] [WORD...]"},
	    {"second form", "", {"-h"}, 0, "       fe-sample [options] -"},
	    {"summary", "", {"-h"}, 0, "does nothing well"},
	    {"option", "", {"-h"}, 0, "-j, --jobs N"},
	    {"default", "", {"-h"}, 0, "records at once (default 2)"},
	    {"choices", "", {"-h"}, 0, "TLS: off|offer|require"},
	    {"verbs", "", {"-h"}, 0, " make, check: look below\n"},
	    {"verbs to complete", "", {"--completion"}, 0,
		"\tdeep\t\t\tmake, check: look below\n"},
	    {"help with a broken config", "x", {"--help"}, 0, "usage:"},
	    {"version", "", {"--version"}, 0, "fe-sample " FE_VERSION "\n"},
	    {"short version", "x", {"-V"}, 0, "fe-sample " FE_VERSION "\n"},
	    {"completion", "", {"--completion"}, 0,
		"\ttls\tHOW\toff|offer|require\tTLS\n"},
	    {"show default", "", {"--config=show"}, 0, "jobs\t2\tdefault\n"},
	    {"show line", "", {"-j3", "--config=show"}, 0,
		"jobs\t3\tcommand line\n"},
	    {"show file", "[fe-sample]\njobs=5\n", {"--config=show"}, 0,
		"fe.conf:2\n"},
	    {"check", "[fe-sample]\njobs=5\n", {"--config=check"}, 0, ""},
	    {"check fails", "[fe-sample]\njobs=x\n", {"--config=check"}, 75,
		"fe.conf:2: "},
	};

	RUN_ROWS(rows);
}

static void
gives_75_on_the_delivery_path(void)
{
	static const struct row rows[] = {
	    {"usage", "", {"--bogus"}, 75,
		"4.3.0 fe-sample: unknown option '--bogus'"},
	    {"config", "[fe-sample]\nx=1\n", {0}, 75, "4.3.0 fe-sample: "},
	};
	static const struct row filter[] = {
	    {"to a pipe", "", {"--bogus"}, 75, "4.3.0 "},
	    {"record", "", {"-o", "record", "--bogus"}, 75, "4.3.0 "},
	    {"mail", "", {"-omail", "--bogus"}, 75, "4.3.0 "},
	    {"text", "", {"-otext", "--bogus"}, 64, "fe-sample: "},
	    {"json", "", {"--output=json", "--bogus"}, 64, "fe-sample: "},
	    {"-o without a value", "", {"-o"}, 75, "4.3.0 "},
	};

	sample.flags = CMD_DELIVERY;
	RUN_ROWS(rows);
	sample.flags = CMD_FILTER;
	RUN_ROWS(filter);
	sample.flags = 0;
}

static void
leaves_the_rest_alone_where_the_first_word_ends_the_options(void)
{
	static const struct row rows[] = {
	    {"chain", "", {"-j3", "prog", "--bogus", "-x"}, 0,
		"words=prog,--bogus,-x,"},
	    {"dashes", "", {"--", "-x"}, 0, "words=-x,"},
	};

	sample.flags = CMD_FIRST_WORD_ENDS;
	RUN_ROWS(rows);
	sample.flags = 0;
}

/* A kernel that knows nothing of Landlock. */
static int
main_without_landlock(void *arg)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

	if (seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS),
		SCMP_SYS(landlock_create_ruleset), 0) < 0 ||
	    seccomp_load(filter) < 0)
		return 99;
	seccomp_release(filter);
	return sample_main(arg);
}

static void
runs_without_landlock_unless_it_is_required(void)
{
	struct child child = CHILD_INIT;
	char *argv[] = {mem_text("fe-sample"), mem_text("--sandbox=require"),
	    NULL};

	child_run(&child, main_without_landlock, argv);
	EXPECT_NUMBER("required", 75, child_status(&child));
	EXPECT_SLICE("sentence",
	    SLICE("fe-sample: this kernel has no Landlock "
		  "(sandbox = require)\n"),
	    buf_slice(&child.err));
	free(argv[1]);
	argv[1] = NULL;
	child_run(&child, main_without_landlock, argv);
	EXPECT_NUMBER("automatic", 0, child_status(&child));
	free(argv[0]);
	child_free(&child);
}

int
main(void)
{
	char command[64];

	if (mkdtemp(home) == NULL || setenv("FE_HOME", home, 1) < 0)
		return 1;
	UNIT_RUN(takes_what_the_table_says_from_the_line);
	UNIT_RUN(refuses_what_the_table_does_not_say);
	UNIT_RUN(reads_sections_from_the_general_to_the_special);
	UNIT_RUN(names_file_and_line_of_a_bad_config);
	UNIT_RUN(explains_itself);
	UNIT_RUN(gives_75_on_the_delivery_path);
	UNIT_RUN(leaves_the_rest_alone_where_the_first_word_ends_the_options);
	UNIT_RUN(runs_without_landlock_unless_it_is_required);
	snprintf(command, sizeof(command), "rm -rf %s", home);
	EXPECT_NUMBER("clean up", 0, system(command));
	return UNIT_RESULT;
}
