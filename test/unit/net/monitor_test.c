/* SPDX-License-Identifier: ISC */
#include "net/monitor.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/io.h"
#include "base/process.h"
#include "child.h"
#include "unit.h"

static char cat_word[] = "cat", none_word[] = "/nowhere/none";
static char sleep_word[] = "sleep", minute[] = "60";
static char *cat[] = {cat_word, NULL}, *none[] = {none_word, NULL};

/* What a session does; its result is the session's exit status. */
struct play {
	int (*session)(int socket);
	char **deliver;
};

static int
watch(void *context)
{
	const struct play *play = context;
	struct monitor_conf conf = {.launch = {.deliver = play->deliver,
	    .files = {"/proc/self/status", "/nowhere/file"}},
	    .key_path = "/nowhere/key", .patience_ms = 200};
	int pair[2], status;
	pid_t pid;

	if (process_socketpair(pair, NULL) < 0)
		return 99;
	pid = fork();
	if (pid == 0) {
		close(pair[1]);
		alarm(10);
		_exit(play->session(pair[0]));
	}
	close(pair[0]);
	status = monitor_run(pair[1], pid, &conf);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 98;
}

/* Through the pipeline and back. */
static int
deliver(int socket)
{
	int to, from;
	char octets[8];

	for (int i = 0; i < 2; i++) {
		if (monitor_deliver(socket, &to, &from, NULL) < 0)
			return 1;
		if (write(to, "hello", 5) != 5 || read(from, octets, 8) != 5)
			return 2;
	}
	monitor_kill(socket);
	return read(from, octets, 8) == 0 ? 0 : 3;
}

static int
ask_files(int socket)
{
	char octets[8];
	int fds[2];

	if (monitor_files(socket, fds, NULL) < 0)
		return 1;
	return read(fds[0], octets, 8) == 8 && read(fds[1], octets, 8) == 0
	    ? 0 : 2;
}

static int
ask_signature(int socket)
{
	unsigned char out[TLS_SIGN_MAX];

	return monitor_sign(&socket, TLS_ECDSA, SLICE("x"), out) == -1 &&
	    monitor_sign(&socket, TLS_ECDSA, SLICE("x"), out) == -1 ? 0 : 1;
}

static int
want_none(int socket)
{
	int to, from;

	return monitor_deliver(socket, &to, &from, NULL) == -1 ? 0 : 1;
}

/* Whoever speaks nonsense is left alone. */
static int
speak_nonsense(int socket)
{
	char octet;

	if (write(socket, "?", 1) != 1)
		return 1;
	return io_read(socket, &octet, 1) <= 0 ? 0 : 2;
}

static void
does_what_a_session_may_ask_and_nothing_else(void)
{
	static const struct {
		const char *label;
		struct play play;
	} rows[] = {{"deliver", {deliver, cat}}, {"files", {ask_files, cat}},
	    {"no key", {ask_signature, cat}}, {"no program", {want_none, none}},
	    {"nonsense", {speak_nonsense, cat}}};
	struct child child = CHILD_INIT;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		child_run(&child, watch, (void *)(uintptr_t)&rows[i].play);
		EXPECT_NUMBER(rows[i].label, 0, child_status(&child));
	}
	child_free(&child);
}

static int
leave_pipeline(int socket)
{
	int to, from;

	if (monitor_deliver(socket, &to, &from, NULL) < 0)
		return 1;
	_exit(0);
}

static void
kills_a_delivery_that_does_not_end_in_time(void)
{
	static char *deaf[] = {sleep_word, minute, NULL};
	struct play play = {leave_pipeline, deaf};
	struct child child = CHILD_INIT;

	child_run(&child, watch, &play);
	EXPECT_NUMBER("session", 0, child_status(&child));
	EXPECT(strstr(buf_text(&child.err), "was killed") != NULL);
	child_free(&child);
}

int
main(void)
{
	signal(SIGPIPE, SIG_IGN);
	UNIT_RUN(does_what_a_session_may_ask_and_nothing_else);
	UNIT_RUN(kills_a_delivery_that_does_not_end_in_time);
	return UNIT_RESULT;
}
