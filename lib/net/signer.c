/* SPDX-License-Identifier: ISC */
/*
 * The key process.  It trusts its parent's control socket and nothing that
 * comes over a channel: a session in a stranger's hands can have things
 * signed that look like TLS signatures, and that is all.  Questions are
 * packets, so that half a one cannot keep it waiting, and an answer that
 * nobody reads closes the channel.
 */
#include "signer.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/cmd.h"
#include "base/io.h"
#include "base/process.h"
#include "base/sandbox.h"
#include "base/secret.h"

#define EVENTS 64
#define START_MS 20000

static int
make_channel(int fds[2], struct err *err)
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
		return err_errno(err, "cannot make a socket pair");
	return 0;
}

/* One question; -1: the channel is to be closed. */
static int
answer(struct tls_key *key, int channel)
{
	unsigned char question[1 + TLS_SIGN_MAX], out[1 + TLS_SIGN_MAX] = "s";
	ssize_t n = recv(channel, question, sizeof(question),
	    MSG_DONTWAIT | MSG_TRUNC);
	int got;

	if (n < 1 || n > (ssize_t)sizeof(question))
		return -1;
	got = tls_key_sign(key, (char)question[0],
	    slice_of(question + 1, (size_t)n - 1), out + 1);
	n = 1 + (got > 0 ? got : 0);
	return send(channel, out, (size_t)n, MSG_DONTWAIT | MSG_NOSIGNAL) == n
	    ? 0 : -1;
}

static int
watch(int epoll, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

	return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

/* A channel more; -1: the parent wants no more of us. */
static int
take_channel(int epoll, int control)
{
	struct err err = ERR_INIT;
	char octet;
	size_t n;
	int fd;

	if (process_receive_fds(control, &octet, &fd, 1, &n, &err) < 0)
		return -1;
	if (n == 1 && watch(epoll, fd) < 0) {
		close(fd);
		n = 0;
	}
	return (int)n;
}

static void
serve(struct tls_key *key, int control)
{
	int epoll = epoll_create1(EPOLL_CLOEXEC), channels = 0;
	struct epoll_event events[EVENTS];

	watch(epoll, control);
	while (control >= 0 || channels > 0) {
		int n = epoll_wait(epoll, events, EVENTS, -1);

		for (int i = 0; i < n; i++) {
			int fd = events[i].data.fd, more;

			if (fd != control && answer(key, fd) < 0) {
				close(fd);
				channels--;
			}
			if (fd != control)
				continue;
			more = take_channel(epoll, control);
			if (more > 0)
				channels += more;
			if (more < 0) {
				close(control);
				control = -1;
			}
		}
	}
}

/* What the parent has open or knows is none of ours. */
static int
forget_all(int control)
{
	int null = open("/dev/null", O_RDWR);

	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 ||
	    dup2(control, 3) < 0)
		return -1;
	close_range(4, ~0U, 0);
	secret_drop_all();
	return 3;
}

static int
run(int control, const char *key_path, struct slice chain,
    bool require_landlock)
{
	struct err err = ERR_INIT;
	struct tls_key *key = NULL;

	signal(SIGHUP, SIG_IGN);
	signal(SIGTERM, SIG_IGN); /* sessions that finish may need us yet */
	signal(SIGINT, SIG_IGN);
	control = forget_all(control);
	if (control < 0)
		return EXIT_RETRY;
	key = tls_key_read(key_path, &err);
	if (key != NULL && tls_key_fits(key, chain, &err) == 0)
		sandbox_enter(
		    SANDBOX_SESSION, NULL, 0, require_landlock, &err);
	if (io_write(control, err.text, strlen(err.text) + 1) == 0 &&
	    err.kind == ERR_NONE)
		serve(key, control);
	tls_key_free(key);
	return err.kind == ERR_NONE ? EXIT_DONE : EXIT_RETRY;
}

static int
wait_until_ready(const struct signer *s, struct err *err)
{
	struct err said = {.kind = ERR_CONFIG};
	ssize_t n = -1;

	if (io_wait_readable(s->control, START_MS) > 0)
		n = io_read(s->control, said.text, sizeof(said.text) - 1);
	if (n <= 0)
		return err_set(
		    err, ERR_SYSTEM, "the key process does not start");
	return n == 1 ? 0 : err_set(err, said.kind, "%s", said.text);
}

int
signer_start(struct signer *s, const char *key_path, struct slice chain,
    bool require_landlock, struct err *err)
{
	int pair[2], status;

	if (make_channel(pair, err) < 0)
		return -1;
	s->pid = process_fork(err);
	if (s->pid == 0)
		_exit(run(pair[1], key_path, chain, require_landlock));
	close(pair[1]);
	s->control = pair[0];
	if (s->pid > 0 && wait_until_ready(s, err) == 0)
		return 0;
	close(s->control);
	if (s->pid > 0) {
		kill(s->pid, SIGKILL);
		process_wait(s->pid, -1, &status);
	}
	*s = (struct signer){0, -1};
	return -1;
}

void
signer_leave(struct signer *s)
{
	if (s->control >= 0)
		close(s->control);
	*s = (struct signer){0, -1};
}

int
signer_connect(const struct signer *s, struct err *err)
{
	int pair[2], result;

	if (s->pid <= 0)
		return err_set(err, ERR_SYSTEM, "no process holds the key");
	if (make_channel(pair, err) < 0)
		return -1;
	result = process_send_fds(s->control, 'c', &pair[1], 1, err);
	close(pair[1]);
	if (result == 0)
		return pair[0];
	close(pair[0]);
	return -1;
}

int
signer_ask(int channel, char algorithm, struct slice in,
    unsigned char out[TLS_SIGN_MAX])
{
	unsigned char answer[1 + TLS_SIGN_MAX];
	struct iovec parts[2] = {
	    {&algorithm, 1}, {(void *)(uintptr_t)in.p, in.n}};
	struct msghdr question = {.msg_iov = parts, .msg_iovlen = 2};
	ssize_t n;

	if (in.n > TLS_SIGN_MAX ||
	    sendmsg(channel, &question, MSG_NOSIGNAL) != (ssize_t)in.n + 1)
		return -1;
	n = io_read(channel, answer, sizeof(answer));
	if (n < 2 || answer[0] != 's')
		return -1;
	memcpy(out, answer + 1, (size_t)n - 1);
	return (int)n - 1;
}
