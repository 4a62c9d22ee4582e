/* SPDX-License-Identifier: ISC */
#ifndef FE_BASE_PROCESS_H
#define FE_BASE_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "err.h"

/*
 * Programs as process groups: a killed `sh' leaves its filters alive, so what
 * is started as one is killed as one.
 */
struct process_fd {
	int from; /* descriptor here */
	int to;   /* number there */
};

/* Starts argv[0] (looked up in PATH) with exactly the given descriptors (0 to
 * 2 not named are /dev/null, /dev/null, ours) as the leader of a new process
 * group, with all signals at their default (SIGPIPE too).  Uses posix_spawn,
 * cheap from large parents.  Returns the pid, or -1. */
pid_t process_start(char *const argv[], const struct process_fd *fds, size_t n,
    struct err *err);
/* Sends a signal to the whole group; a group that is gone is no error. */
void process_kill(pid_t group, int signal);
/* Waits at most timeout_ms (below 0: for ever). 1 ended, 0 time is up. */
int process_wait(pid_t pid, int64_t timeout_ms, int *status);
/* `exit status 75' or `signal 9 (Killed)'; out has 64 octets. */
const char *process_status_text(int status, char out[64]);
/* Forks; the child gets its own process group only if asked. -1 and err. */
pid_t process_fork(struct err *err);
/* The same in a process of one thread, without what libraries have asked to
 * be done at a fork. */
pid_t process_fork_bare(struct err *err);
/* In a child: SIGTERM comes when that parent ends; if it has ended already,
 * this process ends with 75. */
void process_follow(pid_t parent);
/* A pair of connected stream sockets, close-on-exec. */
int process_socketpair(int fds[2], struct err *err);
/* Passes n (at most 8) descriptors with one octet of data; receives them. */
int process_send_fds(int socket, char octet, const int *fds, size_t n,
    struct err *err);
int process_receive_fds(int socket, char *octet, int *fds, size_t max,
    size_t *n, struct err *err);

/* As many open files as the system lets us have: *limit. */
int process_raise_descriptors(int64_t *limit, struct err *err);

#endif
