/* SPDX-License-Identifier: ISC */
#ifndef FE_TEST_CHILD_H
#define FE_TEST_CHILD_H

/*
 * Runs a function in a child process and collects what it says and how it
 * ends: for code that prints, exits, changes the process or dies.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"

struct child {
	int status;     /* as waitpid(2) has it */
	struct buf out; /* standard output */
	struct buf err; /* standard error */
};

#define CHILD_INIT {0, BUF_INIT, BUF_INIT}

static inline void
child_collect(int fd, struct buf *into)
{
	char octets[4096];
	ssize_t got;

	while ((got = read(fd, octets, sizeof(octets))) > 0)
		buf_append(into, octets, (size_t)got);
	close(fd);
}

/* Whatever f returns is the exit status. What was there is replaced. */
static inline void
child_run(struct child *child, int (*f)(void *), void *arg)
{
	int out[2], err[2];
	pid_t pid;

	buf_reset(&child->out);
	buf_reset(&child->err);
	fflush(stdout);
	if (pipe(out) < 0 || pipe(err) < 0)
		abort();
	pid = fork();
	if (pid == 0) {
		dup2(out[1], STDOUT_FILENO);
		dup2(err[1], STDERR_FILENO);
		close(out[0]);
		close(out[1]);
		close(err[0]);
		close(err[1]);
		alarm(20);
		exit(f(arg));
	}
	close(out[1]);
	close(err[1]);
	child_collect(out[0], &child->out);
	child_collect(err[0], &child->err);
	waitpid(pid, &child->status, 0);
}

/* The exit status, or 1000 + signal. */
static inline int
child_status(const struct child *child)
{
	return WIFSIGNALED(child->status) ? 1000 + WTERMSIG(child->status)
					  : WEXITSTATUS(child->status);
}

static inline void
child_free(struct child *child)
{
	buf_free(&child->out);
	buf_free(&child->err);
}

#endif
