/* SPDX-License-Identifier: ISC */
/*
 * Starting, waiting for and killing programs as process groups; forking;
 * descriptors over sockets.
 */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "secret.h"

#define PASS_MAX 8

extern char **environ;

static bool
is_target(const struct process_fd *fds, size_t n, int fd)
{
	for (size_t i = 0; i < n; i++)
		if (fds[i].to == fd)
			return true;
	return false;
}

/* The next number that none of them comes from. */
static int
next_unused(const struct process_fd *fds, size_t n, int after)
{
	int number = after + 1;

	for (size_t i = 0; i < n; i++)
		if (fds[i].from == number) {
			number++;
			i = (size_t)-1; /* from the first again */
		}
	return number;
}

/* dup2 onto a number that another entry still needs would lose that one, so
 * all are first moved above every target, and no higher than need be: many may
 * be open.  What came from systemd or a shell is not close-on-exec, so the
 * rest is closed by number. */
static int
add_descriptors(posix_spawn_file_actions_t *actions,
    const struct process_fd *fds, size_t n)
{
	int last = 2, moved;

	for (size_t i = 0; i < n; i++)
		if (fds[i].to > last)
			last = fds[i].to;
	moved = last;
	for (size_t i = 0; i < n; i++) {
		moved = next_unused(fds, n, moved);
		if (posix_spawn_file_actions_adddup2(
			actions, fds[i].from, moved) != 0)
			return -1;
	}
	for (int fd = 0; fd < 2; fd++)
		if (!is_target(fds, n, fd) &&
		    posix_spawn_file_actions_addopen(
			actions, fd, "/dev/null", O_RDWR, 0) != 0)
			return -1;
	moved = last;
	for (size_t i = 0; i < n; i++) {
		moved = next_unused(fds, n, moved);
		if (posix_spawn_file_actions_adddup2(
			actions, moved, fds[i].to) != 0)
			return -1;
	}
	for (int fd = 3; fd < last; fd++)
		if (!is_target(fds, n, fd) &&
		    posix_spawn_file_actions_addclose(actions, fd) != 0)
			return -1;
	return posix_spawn_file_actions_addclosefrom_np(actions, last + 1);
}

pid_t
process_start(
    char *const argv[], const struct process_fd *fds, size_t n, struct err *err)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t all, none;
	pid_t pid = -1;
	int failed;

	sigfillset(&all);
	sigemptyset(&none);
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes,
	    POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF |
		POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setpgroup(&attributes, 0);
	posix_spawnattr_setsigdefault(&attributes, &all);
	posix_spawnattr_setsigmask(&attributes, &none);
	if (add_descriptors(&actions, fds, n) < 0)
		failed = ENOMEM;
	else
		failed = posix_spawnp(
		    &pid, argv[0], &actions, &attributes, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	if (failed == 0)
		return pid;
	errno = failed;
	return err_errno(err, "cannot start '%s'", argv[0]);
}

void
process_kill(pid_t group, int signal)
{
	if (group > 1)
		kill(-group, signal);
}

int
process_wait(pid_t pid, int64_t timeout_ms, int *status)
{
	int64_t until = clock_monotonic_ms() + timeout_ms;
	struct pollfd p = {.events = POLLIN};
	pid_t ended;

	if (timeout_ms < 0) {
		do
			ended = waitpid(pid, status, 0);
		while (ended < 0 && errno == EINTR);
		return ended < 0 ? -1 : 1;
	}
	p.fd = (int)syscall(SYS_pidfd_open, pid, 0);
	for (;;) {
		int64_t left = until - clock_monotonic_ms();

		ended = waitpid(pid, status, WNOHANG);
		if (ended != 0 || left <= 0)
			break;
		if (p.fd < 0 && left > 10)
			left = 10;
		poll(&p, 1, (int)(left > 1000 ? 1000 : left));
	}
	if (p.fd >= 0)
		close(p.fd);
	return ended < 0 ? -1 : ended > 0;
}

const char *
process_status_text(int status, char out[64])
{
	if (WIFEXITED(status))
		snprintf(out, 64, "exit status %d", WEXITSTATUS(status));
	else if (WIFSIGNALED(status))
		snprintf(out, 64, "signal %d (%.40s)", WTERMSIG(status),
		    strsignal(WTERMSIG(status)));
	else
		snprintf(out, 64, "status %d", status);
	return out;
}

static pid_t
forked(pid_t pid, struct err *err)
{
	if (pid < 0)
		return err_errno(err, "cannot fork");
	if (pid == 0 && secret_lock(err) < 0)
		_exit(75);
	return pid;
}

pid_t
process_fork(struct err *err)
{
	return forked(fork(), err);
}

pid_t
process_fork_bare(struct err *err)
{
	return forked(_Fork(), err);
}

void
process_follow(pid_t parent)
{
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) < 0 || getppid() != parent)
		_exit(75);
}

int
process_socketpair(int fds[2], struct err *err)
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		return err_errno(err, "cannot make a socket pair");
	return 0;
}

int
process_send_fds(
    int socket, char octet, const int *fds, size_t n, struct err *err)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int) * PASS_MAX)];
	} control = {0};
	struct iovec data = {&octet, 1};
	struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1};
	ssize_t sent;

	if (n > PASS_MAX)
		return err_set(err, ERR_BUG, "too many descriptors to pass");
	if (n > 0) {
		struct cmsghdr *head;

		message.msg_control = control.space;
		message.msg_controllen = CMSG_SPACE(sizeof(int) * n);
		head = CMSG_FIRSTHDR(&message);
		head->cmsg_level = SOL_SOCKET;
		head->cmsg_type = SCM_RIGHTS;
		head->cmsg_len = CMSG_LEN(sizeof(int) * n);
		memcpy(CMSG_DATA(head), fds, sizeof(int) * n);
	}
	do
		sent = sendmsg(socket, &message, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent == 1 ? 0 : err_errno(err, "cannot pass descriptors");
}

static void
take_descriptors(struct msghdr *message, int *fds, size_t max, size_t *n)
{
	for (struct cmsghdr *head = CMSG_FIRSTHDR(message); head != NULL;
	     head = CMSG_NXTHDR(message, head)) {
		size_t count;

		if (head->cmsg_level != SOL_SOCKET ||
		    head->cmsg_type != SCM_RIGHTS)
			continue;
		count = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < count; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(head) + i * sizeof(int),
			    sizeof(int));
			if (*n < max)
				fds[(*n)++] = fd;
			else
				close(fd);
		}
	}
}

int
process_receive_fds(int socket, char *octet, int *fds, size_t max, size_t *n,
    struct err *err)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int) * PASS_MAX)];
	} control = {0};
	struct iovec data = {octet, 1};
	struct msghdr message = {.msg_iov = &data,
	    .msg_iovlen = 1,
	    .msg_control = control.space,
	    .msg_controllen = sizeof(control.space)};
	ssize_t got;

	*n = 0;
	do
		got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return err_errno(err, "cannot receive descriptors");
	if (got == 0)
		return err_set(err, ERR_SYSTEM,
		    "the process at the other end has gone");
	take_descriptors(&message, fds, max, n);
	return 0;
}

int
process_raise_descriptors(int64_t *limit, struct err *err)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) < 0)
		return err_errno(err, "cannot ask for limits");
	files.rlim_cur = files.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &files) < 0)
		return err_errno(err, "cannot set limits");
	*limit = files.rlim_cur > INT32_MAX ? INT32_MAX
					    : (int64_t)files.rlim_cur;
	return 0;
}
