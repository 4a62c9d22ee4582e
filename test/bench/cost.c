/* SPDX-License-Identifier: ISC */
/*
 * What running a command costs: wall and CPU time (user and system) of it and
 * of everything that it started.
 *
 *	cost [-n RUNS] [-i INPUT] [-q] COMMAND...
 *
 * Prints `RUNS WALL_MS CPU_MS FAULTS', the times and page faults per run, to
 * descriptor 3 if that is open, else to standard output.  -q sends the
 * command's own output to /dev/null.  As a subreaper it waits for orphans too,
 * so that the sum holds the whole tree; only what a process of the tree has
 * disowned by ignoring SIGCHLD is missing.  SIGTERM is handed on to the
 * command's group.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/number.h"

static volatile sig_atomic_t group;

static void
hand_on(int number)
{
	if (group > 0)
		kill(-(pid_t)group, number);
}

static void
run_command(char **argv, const char *input, int quiet)
{
	setpgid(0, 0);
	if (input != NULL && dup2(open(input, O_RDONLY), STDIN_FILENO) < 0)
		_exit(126);
	if (quiet && dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO) < 0)
		_exit(126);
	execvp(argv[0], argv);
	perror(argv[0]);
	_exit(127);
}

static int
run_once(char **argv, const char *input, int quiet)
{
	pid_t first = fork(), pid;
	int status, result = 0;

	if (first == 0)
		run_command(argv, input, quiet);
	group = first;
	while ((pid = wait(&status)) > 0 || errno == EINTR)
		if (pid == first)
			result = status;
	group = 0;
	return result;
}

static double
cpu_ms(void)
{
	struct rusage all;

	getrusage(RUSAGE_CHILDREN, &all);
	return (double)(all.ru_utime.tv_sec + all.ru_stime.tv_sec) * 1e3 +
	    (double)(all.ru_utime.tv_usec + all.ru_stime.tv_usec) / 1e3;
}

static long long
faults(void)
{
	struct rusage all;

	getrusage(RUSAGE_CHILDREN, &all);
	return all.ru_minflt + all.ru_majflt;
}

int
main(int argc, char *argv[])
{
	const char *input = NULL;
	int64_t runs = 1, start;
	int letter, quiet = 0, status = 0;
	FILE *out = fcntl(3, F_GETFD) >= 0 ? fdopen(3, "w") : stdout;

	while ((letter = getopt(argc, argv, "+n:i:q")) != -1) {
		if (letter == 'n' &&
		    number_parse(slice_text(optarg), 1, 100000, &runs) == 0)
			continue;
		if (letter == 'i')
			input = optarg;
		else if (letter == 'q')
			quiet = 1;
		else
			return 64;
	}
	if (optind == argc || out == NULL)
		return 64;
	if (out != stdout)
		fcntl(fileno(out), F_SETFD, FD_CLOEXEC);
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	signal(SIGTERM, hand_on);
	signal(SIGINT, hand_on);
	start = clock_monotonic_us();
	for (int64_t i = 0; i < runs; i++)
		status = run_once(argv + optind, input, quiet);
	fprintf(out, "%lld %.3f %.3f %lld\n", (long long)runs,
	    (double)(clock_monotonic_us() - start) / 1e3 / (double)runs,
	    cpu_ms() / (double)runs, faults() / (long long)runs);
	fclose(out);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
