/* SPDX-License-Identifier: ISC */
/*
 * How a program starts and finishes, each in a child.
 */
#include "base/cmd.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "child.h"
#include "unit.h"

static const struct option_def options[] = {{OPTION_END}};
static const struct cmd sample = {
    .name = "fe-sample", .synopsis = "", .summary = "x", .options = options};

static int
print_environment(void *arg)
{
	extern char **environ;

	(void)arg;
	cmd_start(&sample);
	for (char **at = environ; *at != NULL; at++)
		printf("%s\n", *at);
	return 0;
}

static void
keeps_only_the_environment_that_is_named(void)
{
	struct child child = CHILD_INIT;
	struct slice out;

	setenv("LD_PRELOAD_NOT", "x", 1);
	setenv("BASH_ENV", "/tmp/x", 1);
	setenv("SQLITE_TMPDIR", "/tmp", 1);
	setenv("HOME", "/root", 1);
	setenv("PATHS", "x", 1);
	setenv("TCPREMOTEIP", "192.0.2.1", 1);
	setenv("LISTEN_FDS", "1", 1);
	setenv("TZ", "UTC", 1);
	setenv("FE_HOME", "/srv/fe", 1);
	child_run(&child, print_environment, NULL);
	out = buf_slice(&child.out);
	for (const char **gone = (const char *[]){"LD_PRELOAD_NOT", "BASH_ENV",
		 "SQLITE_TMPDIR", "HOME=/root", "PATHS", NULL};
	     *gone != NULL; gone++)
		EXPECT(slice_find_text(out, slice_text(*gone)) == out.n);
	for (const char **kept = (const char *[]){"TCPREMOTEIP=192.0.2.1\n",
		 "LISTEN_FDS=1\n", "TZ=UTC\n", "FE_HOME=/srv/fe\n", "PATH=",
		 NULL};
	     *kept != NULL; kept++)
		EXPECT(slice_find_text(out, slice_text(*kept)) < out.n);
	clearenv();
	child_run(&child, print_environment, NULL);
	EXPECT_SLICE("empty", SLICE("PATH=/usr/local/bin:/usr/bin:/bin\n"),
	    buf_slice(&child.out));
	child_free(&child);
}

static int
open_a_file_with_none_open(void *arg)
{
	int fd;

	(void)arg;
	close(0);
	close(1);
	close(2);
	cmd_start(&sample);
	fd = open("/dev/null", O_RDONLY);
	return fd;
}

static void
never_takes_a_file_for_standard_output(void)
{
	struct child child = CHILD_INIT;

	child_run(&child, open_a_file_with_none_open, NULL);
	EXPECT_NUMBER("descriptor", 3, child_status(&child));
	child_free(&child);
}

static int
look_at_the_process(void *arg)
{
	struct rlimit core = {1, 1};
	struct sigaction pipe_action;

	(void)arg;
	setrlimit(RLIMIT_CORE, &(struct rlimit){RLIM_INFINITY, RLIM_INFINITY});
	umask(0);
	cmd_start(&sample);
	getrlimit(RLIMIT_CORE, &core);
	sigaction(SIGPIPE, NULL, &pipe_action);
	printf("core %llu %llu umask %o pipe %d name %s",
	    (unsigned long long)core.rlim_cur,
	    (unsigned long long)core.rlim_max, umask(0),
	    pipe_action.sa_handler == SIG_IGN, cmd_name());
#ifndef FE_SANITIZE
	printf(" dumpable %d", prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
#else
	printf(" dumpable 0");
#endif
	return 0;
}

static void
starts_without_core_files_and_with_umask_077(void)
{
	struct child child = CHILD_INIT;

	child_run(&child, look_at_the_process, NULL);
	EXPECT_SLICE("start",
	    SLICE("core 0 0 umask 77 pipe 1 name fe-sample dumpable 0"),
	    buf_slice(&child.out));
	child_free(&child);
}

static int
crash_with_a_core_limit(void *arg)
{
	int number = *(const int *)arg;

	setrlimit(RLIMIT_CORE, &(struct rlimit){RLIM_INFINITY, RLIM_INFINITY});
	cmd_start(&sample);
	signal(number, SIG_DFL);
	raise(number);
	return 0;
}

static void
leaves_no_core_when_it_crashes(void)
{
	struct child child = CHILD_INIT;

	for (int i = 0; i < 2; i++) {
		int number = (const int[]){SIGABRT, SIGSEGV}[i];

		child_run(&child, crash_with_a_core_limit, &number);
		EXPECT(WIFSIGNALED(child.status));
		EXPECT_NUMBER("signal", number, WTERMSIG(child.status));
		EXPECT(!WCOREDUMP(child.status));
	}
	child_free(&child);
}

struct finish {
	const char *to; /* a file, or NULL for a pipe nobody reads */
	bool delivery;
	bool put; /* by cmd_put, not by printf */
};

/* More than stdio keeps. */
static int
put_much(struct err *err)
{
	struct buf out = BUF_INIT;
	int result;

	for (int i = 0; i < 10000; i++)
		buf_append_text(&out, "some output\n");
	result = cmd_put(&out, err);
	EXPECT_NUMBER("left", 0, out.n);
	buf_free(&out);
	errno = EINTR; /* of something that came between */
	return result;
}

static int
finish_to(void *arg)
{
	const struct finish *f = arg;
	struct err err = ERR_INIT;
	int fds[2];

	cmd_start(&sample);
	cmd_set_delivery(f->delivery);
	if (f->to != NULL) {
		dup2(open(f->to, O_WRONLY), STDOUT_FILENO);
	} else {
		if (pipe(fds) < 0)
			abort();
		dup2(fds[1], STDOUT_FILENO);
		close(fds[0]);
	}
	if (f->put && put_much(&err) < 0)
		return cmd_fail(&err);
	for (int i = 0; !f->put && i < 10000; i++)
		printf("some output\n");
	return cmd_finish(&err);
}

static void
finds_a_full_disk_and_a_dead_reader_at_the_end(void)
{
	static const struct {
		const char *name;
		struct finish finish;
		int status;
		const char *want;
	} rows[] = {
	    {"fine", {"/dev/null", false, false}, 0, ""},
	    {"full", {"/dev/full", false, false}, 75,
		"fe-sample: cannot write standard output: "
		"No space left on device\n"},
	    {"full on delivery", {"/dev/full", true, false}, 75,
		"4.3.0 fe-sample: cannot write standard output: "
		"No space left on device\n"},
	    {"dead reader of text", {NULL, false, false}, 0, ""},
	    {"dead reader on delivery", {NULL, true, false}, 75, ""},
	    {"fine, put", {"/dev/null", false, true}, 0, ""},
	    {"full, put", {"/dev/full", false, true}, 75,
		"fe-sample: cannot write standard output: "
		"No space left on device\n"},
	    {"dead reader of what is put", {NULL, false, true}, 0, ""},
	    {"dead reader of what is put on delivery", {NULL, true, true},
		75, ""},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct child child = CHILD_INIT;
		struct finish finish = rows[i].finish;

		child_run(&child, finish_to, &finish);
		EXPECT_NUMBER(rows[i].name, rows[i].status,
		    child_status(&child));
		EXPECT_SLICE(rows[i].name, slice_text(rows[i].want),
		    buf_slice(&child.err));
		child_free(&child);
	}
}

struct failure {
	enum err_kind kind;
	bool delivery;
};

static int
fail(void *arg)
{
	const struct failure *f = arg;
	struct err err = ERR_INIT;

	cmd_start(&sample);
	cmd_set_delivery(f->delivery);
	err_set(&err, f->kind, "it failed");
	return cmd_fail(&err);
}

static void
exits_as_the_manual_says(void)
{
	static const struct {
		struct failure failure;
		int status;
	} rows[] = {
	    {{ERR_USAGE, false}, 64},
	    {{ERR_MESSAGE, false}, 65},
	    {{ERR_CONFIG, false}, 75},
	    {{ERR_SYSTEM, false}, 75},
	    {{ERR_BUG, false}, 75},
	    {{ERR_USAGE, true}, 75},
	    {{ERR_MESSAGE, true}, 75},
	    {{ERR_SYSTEM, true}, 75},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct child child = CHILD_INIT;
		struct failure failure = rows[i].failure;

		child_run(&child, fail, &failure);
		EXPECT_NUMBER("status", rows[i].status, child_status(&child));
		EXPECT_SLICE("sentence",
		    failure.delivery ? SLICE("4.3.0 fe-sample: it failed\n")
				     : SLICE("fe-sample: it failed\n"),
		    buf_slice(&child.err));
		child_free(&child);
	}
}

int
main(void)
{
	UNIT_RUN(never_takes_a_file_for_standard_output);
	UNIT_RUN(starts_without_core_files_and_with_umask_077);
	UNIT_RUN(leaves_no_core_when_it_crashes);
	UNIT_RUN(finds_a_full_disk_and_a_dead_reader_at_the_end);
	UNIT_RUN(exits_as_the_manual_says);
	UNIT_RUN(keeps_only_the_environment_that_is_named);
	return UNIT_RESULT;
}
