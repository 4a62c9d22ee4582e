/* SPDX-License-Identifier: ISC */
/*
 * What each level lets a process do, tried in a child.  The sanitized build
 * allows what LeakSanitizer needs, so there only its files are looked at.
 */
#include "base/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "child.h"
#include "unit.h"

static char folder[] = "/tmp/fe-sandbox-test-XXXXXX";
static char inside[64], outside[64];

/* Each returns 0, or the errno of what was refused. */
static int
read_inside(void)
{
	return open(inside, O_RDONLY) < 0 ? errno : 0;
}

static int
write_inside(void)
{
	return open(inside, O_WRONLY) < 0 ? errno : 0;
}

static int
make_inside(void)
{
	char path[80];

	snprintf(path, sizeof(path), "%.60s.new", inside);
	return open(path, O_WRONLY | O_CREAT, 0600) < 0 || unlink(path) < 0
	    ? errno
	    : 0;
}

static int
read_outside(void)
{
	return open(outside, O_RDONLY) < 0 ? errno : 0;
}

static int
write_outside(void)
{
	return open(outside, O_WRONLY) < 0 ? errno : 0;
}

static int
read_passwords(void)
{
	return open("/etc/passwd", O_RDONLY) < 0 ? errno : 0;
}

#ifndef FE_SANITIZE
static int
make_internet_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, 0) < 0 ? errno : 0;
}

static int
make_unix_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0) < 0 ? errno : 0;
}

static int
make_stream_pair(void)
{
	int fds[2];

	return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0
	    ? errno : 0;
}

/* By one of these any datagram socket could be reached. */
static int
make_datagram_pair(void)
{
	int fds[2];

	return socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, fds) < 0
	    ? errno : 0;
}

static int
remove_a_file(void)
{
	return unlink("/nowhere/at/all") < 0 ? errno : 0;
}

static int
run_a_program(void)
{
	char *argv[] = {(char[]){"true"}, NULL};

	execv("/bin/true", argv);
	return errno;
}

static int
fork_itself(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid < 0 ? errno : 0;
}

static int
make_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED
	    ? errno
	    : 0;
}

static int
make_memory(void)
{
	return mmap(NULL, 1 << 22, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED
	    ? errno
	    : 0;
}

static int
raise_the_core_limit(void)
{
	return setrlimit(RLIMIT_CORE, &(struct rlimit){1 << 20, 1 << 20}) < 0
	    ? errno
	    : 0;
}

static int
become_dumpable(void)
{
	return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) < 0 ? errno : 0;
}

static int
look_into_the_parent(void)
{
	return ptrace(PTRACE_ATTACH, getppid(), NULL, NULL) < 0 ? errno : 0;
}

static int
kill_the_parent(void)
{
	return kill(getppid(), 0) < 0 ? errno : 0;
}

static int
mount_something(void)
{
	return (int)syscall(SYS_mount, "none", "/tmp", "tmpfs", 0, NULL);
}

static int
read_and_write(void)
{
	int fds[2];
	char octet;

	return pipe2(fds, 0) < 0 || io_write(fds[1], "x", 1) < 0 ||
		io_read(fds[0], &octet, 1) != 1
	    ? errno
	    : 0;
}
#endif

struct attempt {
	enum sandbox_level level;
	unsigned access;
	int (*act)(void);
	bool of_parent;
};

static int
enter_and_try(void *arg)
{
	const struct attempt *a = arg;
	struct sandbox_path path = {folder, a->access};
	struct err err = ERR_INIT;
	char within[64];

	snprintf(within, sizeof(within), "%.50s/in", folder);
	path.path = within;
	if ((a->of_parent && sandbox_enter(SANDBOX_PARENT, NULL, 0, false,
		&err) < 0) ||
	    sandbox_enter(a->level, &path, 1, false, &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		_exit(200);
	}
	_exit(a->act());
}

#ifdef FE_SANITIZE
#define FIRST_LEVEL SANDBOX_PARSE
#else
#define FIRST_LEVEL SANDBOX_STDIO
#endif
#define DIES (1000 + SIGSYS)

struct row {
	const char *name;
	int (*act)(void);
	int stdio, session, parse, store, net; /* what comes back */
};

/* What a process may do that had a filter of its own before counts for both:
 * as if there were only the last one. */
static void
try_child_of_parent(const struct row *row)
{
	struct attempt a = {SANDBOX_SESSION, SANDBOX_READ, row->act, true};
	struct child child = CHILD_INIT;
	char label[100];

	child_run(&child, enter_and_try, &a);
	snprintf(label, sizeof(label), "SESSION of PARENT: %s", row->name);
	EXPECT_NUMBER(label, row->session, child_status(&child));
	child_free(&child);
}

static void
try_row(const struct row *row)
{
	const int want[] = {0, row->stdio, row->session, row->parse,
	    row->store, row->net};
	static const char *const names[] = {
	    "launch", "STDIO", "SESSION", "PARSE", "STORE", "NET"};

	for (int level = FIRST_LEVEL; level <= SANDBOX_NET; level++) {
		struct child child = CHILD_INIT;
		struct attempt a = {(enum sandbox_level)level,
		    level == SANDBOX_STORE ? SANDBOX_READ | SANDBOX_WRITE
					   : SANDBOX_READ,
		    row->act, false};
		char label[100];

		child_run(&child, enter_and_try, &a);
		snprintf(label, sizeof(label), "%s: %s", names[level],
		    row->name);
		EXPECT_NUMBER(label, want[level], child_status(&child));
		child_free(&child);
	}
	if (FIRST_LEVEL <= SANDBOX_SESSION)
		try_child_of_parent(row);
}

static void
files_are_those_named(void)
{
	static const struct row rows[] = {
	    {"read inside", read_inside, EACCES, EACCES, 0, 0, 0},
	    {"write inside", write_inside, EACCES, EACCES, EACCES, 0, EACCES},
	    {"make inside", make_inside, EACCES, EACCES, EACCES, 0, EACCES},
	    {"read outside", read_outside, EACCES, EACCES, EACCES, EACCES,
		EACCES},
	    {"write outside", write_outside, EACCES, EACCES, EACCES, EACCES,
		EACCES},
	    {"read /etc/passwd", read_passwords, EACCES, EACCES, EACCES,
		EACCES, EACCES},
	};

	if (!sandbox_has_landlock()) {
		printf("# this kernel has no Landlock\n");
		return;
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		try_row(&rows[i]);
}

#ifndef FE_SANITIZE
static void
calls_are_those_of_the_level(void)
{
	static const struct row rows[] = {
	    {"read and write", read_and_write, 0, 0, 0, 0, 0},
	    {"memory", make_memory, 0, 0, 0, 0, 0},
	    {"internet", make_internet_socket, EACCES, EACCES, EACCES, EACCES,
		0},
	    {"unix socket", make_unix_socket, EACCES, EACCES, EACCES, EACCES,
		0},
	    {"stream pair", make_stream_pair, EACCES, 0, 0, 0, 0},
	    {"datagram pair", make_datagram_pair, EACCES, DIES, 0, 0, 0},
	    {"exec", run_a_program, EACCES, EACCES, EACCES, EACCES, EACCES},
	    {"fork", fork_itself, EACCES, EACCES, 0, 0, 0},
	    {"kill", kill_the_parent, EACCES, EACCES, 0, 0, 0},
	    {"code", make_code, EACCES, EACCES, EACCES, EACCES, EACCES},
	    {"ptrace", look_into_the_parent, EACCES, EACCES, EACCES, EACCES,
		EACCES},
	    {"dumpable", become_dumpable, EACCES, EACCES, EACCES, EACCES,
		EACCES},
	    {"mount", mount_something, DIES, DIES, DIES, DIES, DIES},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		try_row(&rows[i]);
}

static void
a_parent_opens_and_forks_but_runs_nothing_new(void)
{
	static const struct {
		const char *name;
		int (*act)(void);
		int want;
	} rows[] = {{"read", read_outside, 0}, {"fork", fork_itself, 0},
	    {"unix socket", make_unix_socket, 0},
	    {"remove", remove_a_file, EACCES},
	    {"exec", run_a_program, EACCES}, {"code", make_code, EACCES},
	    {"ptrace", look_into_the_parent, EACCES},
	    {"mount", mount_something, DIES}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct attempt a = {SANDBOX_PARENT, SANDBOX_READ, rows[i].act,
		    false};
		struct child child = CHILD_INIT;

		child_run(&child, enter_and_try, &a);
		EXPECT_NUMBER(rows[i].name, rows[i].want,
		    child_status(&child));
		child_free(&child);
	}
}

static void
core_files_stay_off(void)
{
	for (int level = SANDBOX_STDIO; level <= SANDBOX_NET; level++) {
		struct child child = CHILD_INIT;
		struct attempt a = {(enum sandbox_level)level, SANDBOX_READ,
		    raise_the_core_limit, false};

		child_run(&child, enter_and_try, &a);
		EXPECT(child_status(&child) != 0);
		child_free(&child);
	}
}

static int
exec_after_launch(void *arg)
{
	char *argv[] = {(char[]){"sh"}, (char[]){"-c"},
	    (char[]){"grep NoNewPrivs /proc/self/status; ulimit -c"}, NULL};
	struct err err = ERR_INIT;

	(void)arg;
	if (sandbox_enter(SANDBOX_LAUNCH, NULL, 0, false, &err) < 0)
		return 1;
	execv("/bin/sh", argv);
	return 2;
}

static void
launch_may_exec_but_gains_nothing(void)
{
	struct child child = CHILD_INIT;

	child_run(&child, exec_after_launch, NULL);
	EXPECT_NUMBER("status", 0, child_status(&child));
	EXPECT_SLICE("state", SLICE("NoNewPrivs:\t1\n0\n"),
	    buf_slice(&child.out));
	child_free(&child);
}
#endif

int
main(void)
{
	char command[64];
	struct err err = ERR_INIT;

	if (mkdtemp(folder) == NULL)
		return 1;
	snprintf(inside, sizeof(inside), "%.40s/in/file", folder);
	snprintf(outside, sizeof(outside), "%.40s/out", folder);
	snprintf(command, sizeof(command), "mkdir %.40s/in", folder);
	EXPECT_NUMBER("folder", 0, system(command));
	EXPECT(io_replace_file(inside, SLICE("x"), 0600, &err) == 0);
	EXPECT(io_replace_file(outside, SLICE("x"), 0600, &err) == 0);
	UNIT_RUN(files_are_those_named);
#ifndef FE_SANITIZE
	UNIT_RUN(calls_are_those_of_the_level);
	UNIT_RUN(a_parent_opens_and_forks_but_runs_nothing_new);
	UNIT_RUN(core_files_stay_off);
	UNIT_RUN(launch_may_exec_but_gains_nothing);
#endif
	snprintf(command, sizeof(command), "rm -rf %.40s", folder);
	EXPECT_NUMBER("clean up", 0, system(command));
	return UNIT_RESULT;
}
