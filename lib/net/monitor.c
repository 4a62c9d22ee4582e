/* SPDX-License-Identifier: ISC */
/*
 * Monitor and session.  The monitor trusts nothing that the session says: a
 * session in a stranger's hands can start and kill one pipeline and have
 * things signed while its connection lasts, and that is all.
 */
#include "monitor.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "base/process.h"
#include "net/ration.h"

#define REPEAT_MS 1000
#define DYING_MS 100 /* from closing its output to its end */

struct monitor {
	const struct monitor_conf *conf;
	int socket;
	pid_t session, pipeline; /* 0: none */
	struct tls_key *key;
	bool key_failed;
};

static volatile sig_atomic_t terminated, reloaded;

static void
note_signal(int number)
{
	if (number == SIGTERM || number == SIGINT)
		terminated = 1;
	else if (number == SIGHUP)
		reloaded = 1;
}

static int
read_exactly(int fd, void *p, size_t n)
{
	char *at = p;

	while (n > 0) {
		ssize_t got = io_read(fd, at, n);

		if (got <= 0)
			return -1;
		at += got;
		n -= (size_t)got;
	}
	return 0;
}

/* Ends the pipeline: after its patience it is killed as a group. */
static void
end_pipeline(struct monitor *m, int64_t patience_ms)
{
	char text[64];
	int status = 0;

	if (m->pipeline == 0)
		return;
	if (process_wait(m->pipeline, patience_ms, &status) == 0) {
		process_kill(m->pipeline, SIGKILL);
		process_wait(m->pipeline, -1, &status);
		log_warning("delivery did not end and was killed");
	} else if (status != 0) {
		log_warning("delivery ended with %s",
		    process_status_text(status, text));
	}
	/* what a leader that is gone has left behind */
	process_kill(m->pipeline, SIGKILL);
	m->pipeline = 0;
}

static void
kill_pipeline(struct monitor *m)
{
	int status;

	if (m->pipeline == 0)
		return;
	/* one that has died by itself is told of */
	if (process_wait(m->pipeline, DYING_MS, &status) == 1) {
		char text[64];

		log_warning("delivery ended early with %s",
		    process_status_text(status, text));
		process_kill(m->pipeline, SIGKILL);
	} else {
		process_kill(m->pipeline, SIGKILL);
		process_wait(m->pipeline, -1, &status);
	}
	m->pipeline = 0;
}

static void
start_pipeline(struct monitor *m)
{
	struct err err = ERR_INIT;

	kill_pipeline(m);
	m->pipeline = launch_delivery(&m->conf->launch, m->socket, &err);
	if (m->pipeline >= 0)
		return;
	m->pipeline = 0;
	log_error("%s", err.text);
	process_send_fds(m->socket, 'x', NULL, 0, &err);
}

static int
sign(struct monitor *m)
{
	unsigned char head[3], in[TLS_SIGN_MAX], answer[3 + TLS_SIGN_MAX];
	struct err err = ERR_INIT;
	size_t n;
	int got = 0;

	if (read_exactly(m->socket, head, 3) < 0)
		return -1;
	n = (size_t)(head[1] << 8 | head[2]);
	if (n > sizeof(in) || read_exactly(m->socket, in, n) < 0)
		return -1;
	if (m->key == NULL && !m->key_failed) {
		m->key = tls_key_read(m->conf->key_path, &err);
		m->key_failed = m->key == NULL;
		if (m->key_failed)
			log_error("%s", err.text);
	}
	if (m->key != NULL)
		got = tls_key_sign(
		    m->key, (char)head[0], slice_of(in, n), answer + 3);
	if (got < 0)
		got = 0;
	answer[0] = 's';
	answer[1] = (unsigned char)(got >> 8);
	answer[2] = (unsigned char)got;
	return io_write(m->socket, answer, 3 + (size_t)got);
}

/* One command; -1: the session has gone, or speaks nonsense. */
static int
serve(struct monitor *m)
{
	struct err err = ERR_INIT;
	char command;

	if (read_exactly(m->socket, &command, 1) < 0)
		return -1;
	switch (command) {
	case 'd':
		start_pipeline(m);
		return 0;
	case 'k':
		kill_pipeline(m);
		return 0;
	case 'r':
		return launch_files(&m->conf->launch, m->socket, &err);
	case 's':
		return sign(m);
	default:
		log_error("session sent an unknown command");
		return -1;
	}
}

static void
pass_signals(const struct monitor *m)
{
	if (terminated)
		kill(m->session, SIGTERM);
	if (reloaded)
		kill(m->session, SIGHUP);
	reloaded = 0;
}

static void
wait_for_commands(struct monitor *m)
{
	struct pollfd p = {.fd = m->socket, .events = POLLIN};
	struct timespec repeat = {.tv_sec = REPEAT_MS / 1000};
	sigset_t blocked, open;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigaddset(&blocked, SIGINT);
	sigaddset(&blocked, SIGHUP);
	sigprocmask(SIG_BLOCK, &blocked, &open);
	for (;;) {
		int ready = ppoll(&p, 1, terminated ? &repeat : NULL, &open);

		pass_signals(m);
		if (ready > 0 && serve(m) < 0)
			break;
		if (ready < 0 && errno != EINTR)
			break;
	}
}

int
monitor_run(int socket, pid_t session, const struct monitor_conf *conf)
{
	struct monitor m = {.conf = conf, .socket = socket, .session = session};
	struct sigaction action = {.sa_handler = note_signal};
	int status = 0;

	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	wait_for_commands(&m);
	close(socket);
	process_wait(session, -1, &status);
	end_pipeline(&m, conf->patience_ms);
	tls_key_free(m.key);
	return status;
}

int
monitor_deliver(int socket, int *to, int *from, struct err *err)
{
	int fds[2];
	char octet = 'd';
	size_t n;

	if (io_write(socket, &octet, 1) < 0)
		return err_errno(err, "cannot reach the monitor");
	if (process_receive_fds(socket, &octet, fds, 2, &n, err) < 0)
		return -1;
	if (octet != 'd' || n == 0)
		return err_set(err, ERR_SYSTEM, "delivery cannot be started");
	*to = fds[0];
	*from = fds[n - 1];
	return 0;
}

void
monitor_kill(int socket)
{
	char octet = 'k';

	io_write(socket, &octet, 1);
}

int
monitor_files(int socket, int fds[2], struct err *err)
{
	char octet = 'r';
	size_t n;

	if (io_write(socket, &octet, 1) < 0)
		return err_errno(err, "cannot reach the monitor");
	if (process_receive_fds(socket, &octet, fds, 2, &n, err) < 0)
		return -1;
	if (octet != 'r' || n != 2)
		return err_set(err, ERR_SYSTEM, "tables cannot be opened");
	return 0;
}

int
monitor_ration(int socket, char command)
{
	char answer;

	if (io_write(socket, &command, 1) < 0)
		return -1;
	if (command != RATION_MORE)
		return 0;
	if (read_exactly(socket, &answer, 1) < 0)
		return -1;
	return answer == RATION_MORE ? 0 : -1;
}

int
monitor_reach_signer(int socket, struct err *err)
{
	char octet = 't';
	size_t n;
	int fd;

	if (io_write(socket, &octet, 1) < 0)
		return err_errno(err, "cannot reach the monitor");
	if (process_receive_fds(socket, &octet, &fd, 1, &n, err) < 0)
		return -1;
	if (octet != 't' || n != 1)
		return err_set(err, ERR_SYSTEM, "no process holds the key");
	return fd;
}

int
monitor_sign(void *context, char algorithm, struct slice in,
    unsigned char out[TLS_SIGN_MAX])
{
	int socket = *(const int *)context;
	unsigned char head[4] = {'s', (unsigned char)algorithm,
	    (unsigned char)(in.n >> 8), (unsigned char)in.n};
	unsigned char answer[3];
	size_t n;

	if (in.n > TLS_SIGN_MAX ||
	    io_write_two(socket, slice_of(head, sizeof(head)), in) < 0 ||
	    read_exactly(socket, answer, sizeof(answer)) < 0)
		return -1;
	n = (size_t)(answer[1] << 8 | answer[2]);
	if (answer[0] != 's' || n == 0 || n > TLS_SIGN_MAX ||
	    read_exactly(socket, out, n) < 0)
		return -1;
	return (int)n;
}
