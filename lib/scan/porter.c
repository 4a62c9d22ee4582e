/* SPDX-License-Identifier: ISC */
/*
 * Orders are single octets.  The answer is the order with a descriptor, or
 * an octet below 0x20: an errno there would tell the parser nothing to do.
 */
#include "porter.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/home.h"
#include "base/installation.h"
#include "base/io.h"
#include "base/process.h"
#include "base/sandbox.h"

#define ANSWER_MS 3000
#define SEND_S 2
#define NOT_THERE 1

static void
bound_sending(int fd)
{
	const struct timeval limit = {.tv_sec = SEND_S};

	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
}

static int
connect_clamd(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd;

	if (path == NULL || strlen(path) >= sizeof(address.sun_path))
		return -1;
	memcpy(address.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	bound_sending(fd); /* of connect(2) too, when clamd's queue is full */
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	close(fd);
	return -1;
}

static int
start_unpack(void)
{
	struct buf program = BUF_INIT;
	struct err err = ERR_INIT;
	struct process_fd fds[1];
	int pair[2], fd = -1;

	if (process_socketpair(pair, &err) < 0)
		return -1;
	if (installation_bin(&program, &err) == 0) {
		char serve[] = "--serve", home[] = "--home";
		char *argv[5] = {NULL, serve, home,
		    (char *)(uintptr_t)home_path(), NULL};

		buf_append_text(&program, "/fe-unpack");
		argv[0] = program.p;
		fds[0] = (struct process_fd){pair[1], STDIN_FILENO};
		if (process_start(argv, fds, 1, &err) > 0)
			fd = pair[0];
	}
	if (fd < 0)
		close(pair[0]);
	else
		bound_sending(fd);
	close(pair[1]);
	buf_free(&program);
	return fd;
}

static int
open_state_key(void)
{
	struct buf path = BUF_INIT;
	int fd = open(home_file(&path, "keys/state.key"),
	    O_RDONLY | O_CLOEXEC | O_NOCTTY);

	buf_free(&path);
	return fd;
}

/* Input and output of the filter are not ours to hold open. */
static void
drop_stdio(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null >= 0) {
		(void)dup2(null, STDIN_FILENO);
		(void)dup2(null, STDOUT_FILENO);
		close(null);
	}
}

static void
serve(int master, const char *clamd)
{
	struct err err = ERR_INIT;
	char order;

	drop_stdio();
	signal(SIGHUP, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGCHLD, SIG_IGN); /* nobody waits for fe-unpack */
	if (sandbox_enter(SANDBOX_LAUNCH, NULL, 0, false, &err) < 0)
		_exit(75);
	while (io_read(master, &order, 1) == 1) {
		int fd = order == PORTER_CLAMD ? connect_clamd(clamd)
		    : order == PORTER_UNPACK ? start_unpack()
		    : order == PORTER_STATE_KEY ? open_state_key() : -1;

		if (process_send_fds(master, fd < 0 ? NOT_THERE : order, &fd,
		    fd < 0 ? 0 : 1, &err) < 0)
			break;
		if (fd >= 0)
			close(fd);
	}
	_exit(0);
}

int
porter_open(struct porter *p, const char *clamd, struct err *err)
{
	int pair[2];

	*p = (struct porter){.fd = -1};
	if (process_socketpair(pair, err) < 0)
		return -1;
	p->pid = process_fork(err);
	if (p->pid == 0) {
		close(pair[0]);
		serve(pair[1], clamd);
	}
	close(pair[1]);
	if (p->pid < 0) {
		close(pair[0]);
		return -1;
	}
	p->fd = pair[0];
	return 0;
}

void
porter_close(struct porter *p)
{
	if (p->fd < 0)
		return;
	close(p->fd);
	p->fd = -1;
	while (waitpid(p->pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* What comes later would be taken for the answer to another order. */
static int
give_up(struct porter *p, struct err *err)
{
	porter_close(p);
	return err_set(err, ERR_SYSTEM,
	    "the process that opens sockets for this one is gone");
}

int
porter_fetch(struct porter *p, enum porter_door door, struct err *err)
{
	char order = (char)door, answer;
	size_t n = 0;
	int fd = -1;

	if (p == NULL || p->fd < 0)
		return err_set(err, ERR_SYSTEM, "nobody opens sockets here");
	if (io_write(p->fd, &order, 1) < 0 ||
	    io_wait_readable(p->fd, ANSWER_MS) != 1 ||
	    process_receive_fds(p->fd, &answer, &fd, 1, &n, err) < 0)
		return give_up(p, err);
	if (answer == order && n == 1)
		return fd;
	return err_set(err, ERR_SYSTEM, door == PORTER_CLAMD ?
	    "cannot connect to clamd" : door == PORTER_UNPACK ?
	    "cannot start fe-unpack" : "cannot open 'keys/state.key'");
}

int
porter_fetch_state_key(void *porter, struct err *err)
{
	return porter_fetch(porter, PORTER_STATE_KEY, err);
}
