/* SPDX-License-Identifier: ISC */
#include "base/process.h"

#include <fcntl.h>
#include <openssl/rand.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "unit.h"

/* Runs sh -c with its output in *out. */
static int
run_shell(const char *script, const struct process_fd *fds, size_t n,
    struct buf *out)
{
	char *argv[] = {(char[]){"sh"}, (char[]){"-c"}, NULL, NULL};
	struct process_fd all[4];
	struct err err = ERR_INIT;
	int pipe_fds[2], status = -1;
	char text[256];
	pid_t pid;

	snprintf(text, sizeof(text), "%s", script);
	argv[2] = text;
	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return -1;
	all[0] = (struct process_fd){pipe_fds[1], 1};
	for (size_t i = 0; i < n; i++)
		all[i + 1] = fds[i];
	pid = process_start(argv, all, n + 1, &err);
	close(pipe_fds[1]);
	EXPECT(pid > 0);
	EXPECT(io_read_all(pipe_fds[0], "pipe", out, &err) == 0);
	close(pipe_fds[0]);
	EXPECT_NUMBER("ended", 1, process_wait(pid, 5000, &status));
	return status;
}

static void
gives_exactly_the_named_descriptors(void)
{
	struct buf out = BUF_INIT;
	int extra = fcntl(0, F_DUPFD, 40); /* not close-on-exec */

	run_shell("ls /proc/self/fd | tr '\\n' ' '", NULL, 0, &out);
	EXPECT_SLICE("descriptors", SLICE("0 1 2 3 "), buf_slice(&out));
	buf_reset(&out);
	run_shell("readlink /proc/self/fd/0", NULL, 0, &out);
	EXPECT_SLICE("standard input", SLICE("/dev/null\n"), buf_slice(&out));
	close(extra);
	buf_free(&out);
}

/* a becomes b and b becomes a: neither may be lost on the way. */
static void
swaps_descriptors(void)
{
	struct buf out = BUF_INIT;
	int a[2], b[2];

	EXPECT(pipe2(a, O_CLOEXEC) == 0 && pipe2(b, O_CLOEXEC) == 0);
	EXPECT(io_write(a[1], "A\n", 2) == 0 && io_write(b[1], "B\n", 2) == 0);
	run_shell("read x <&3; read y <&4; echo $x$y",
	    (struct process_fd[]){{b[0], 3}, {a[0], 4}}, 2, &out);
	EXPECT_SLICE("3 is b, 4 is a", SLICE("BA\n"), buf_slice(&out));
	EXPECT_NUMBER("a is first", 1, a[0] < b[0]);
	for (int i = 0; i < 2; i++) {
		close(a[i]);
		close(b[i]);
	}
	buf_free(&out);
}

/* A server with many connections hands on the highest number that it may
 * have, and next to it. */
static void
hands_on_the_highest_descriptor_there_can_be(void)
{
	struct rlimit limit;
	struct buf out = BUF_INIT;
	int a[2], high;

	EXPECT(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	EXPECT(pipe2(a, O_CLOEXEC) == 0);
	EXPECT(io_write(a[1], "A\n", 2) == 0);
	high = dup2(a[0], (int)limit.rlim_cur - 1);
	EXPECT(high > 3);
	run_shell("read x <&4; echo $x; ls /proc/self/fd | tr '\\n' ' '",
	    (struct process_fd[]){{high, 4}, {0, 5}}, 2, &out);
	EXPECT_SLICE("what is open", SLICE("A\n0 1 2 3 4 5 "),
	    buf_slice(&out));
	close(high);
	close(a[0]);
	close(a[1]);
	buf_free(&out);
}

static void
starts_with_signals_at_their_default(void)
{
	struct buf out = BUF_INIT;
	int status;

	signal(SIGPIPE, SIG_IGN);
	status = run_shell("kill -PIPE $$; echo alive", NULL, 0, &out);
	EXPECT(WIFSIGNALED(status));
	EXPECT_NUMBER("signal", SIGPIPE, WTERMSIG(status));
	buf_free(&out);
}

static void
says_what_cannot_be_started(void)
{
	char *argv[] = {(char[]){"/nonexistent/prog"}, NULL};
	struct err err = ERR_INIT;

	EXPECT(process_start(argv, NULL, 0, &err) == -1);
	EXPECT_SLICE("sentence",
	    SLICE("cannot start '/nonexistent/prog': "
		  "No such file or directory"),
	    slice_text(err.text));
}

/* A killed sh leaves its children alive; a killed group does not. */
static void
kills_a_pipeline_as_one(void)
{
	char *argv[] = {(char[]){"sh"}, (char[]){"-c"},
	    (char[]){"sleep 30 | sleep 30"}, NULL};
	struct err err = ERR_INIT;
	char text[64];
	int fds[2], status = 0;
	pid_t pid;
	char octet;

	EXPECT(pipe2(fds, O_CLOEXEC) == 0);
	pid = process_start(
	    argv, (struct process_fd[]){{fds[1], 1}, {fds[1], 9}}, 2, &err);
	close(fds[1]);
	EXPECT(pid > 0);
	EXPECT_NUMBER("still runs", 0, process_wait(pid, 50, &status));
	process_kill(pid, SIGKILL);
	EXPECT_NUMBER("ended", 1, process_wait(pid, 5000, &status));
	EXPECT_SLICE("status", SLICE("signal 9 (Killed)"),
	    slice_text(process_status_text(status, text)));
	/* both sleeps held descriptor 9; its end shows that they are gone */
	EXPECT_NUMBER("all gone", 1, io_wait_readable(fds[0], 5000));
	EXPECT_NUMBER("end of file", 0, io_read(fds[0], &octet, 1));
	process_kill(pid, SIGKILL); /* gone already: no error */
	close(fds[0]);
}

static void
waits_no_longer_than_told(void)
{
	char *argv[] = {(char[]){"sleep"}, (char[]){"30"}, NULL};
	struct err err = ERR_INIT;
	int64_t start = clock_monotonic_ms();
	int status = 0;
	pid_t pid = process_start(argv, NULL, 0, &err);

	EXPECT(pid > 0);
	EXPECT_NUMBER("time is up", 0, process_wait(pid, 40, &status));
	EXPECT(clock_monotonic_ms() - start >= 40);
	EXPECT(clock_monotonic_ms() - start < 5000);
	process_kill(pid, SIGTERM);
	EXPECT_NUMBER("for ever", 1, process_wait(pid, -1, &status));
	EXPECT(WIFSIGNALED(status));
}

static int
count_descriptors(void)
{
	int n = 0;

	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void
passes_descriptors_over_a_socket(void)
{
	struct err err = ERR_INIT;
	int sockets[2], pipe_fds[2], got[4], open_before;
	size_t n = 99;
	char octet = 0, text[4] = "";

	EXPECT(process_socketpair(sockets, &err) == 0);
	EXPECT(pipe2(pipe_fds, O_CLOEXEC) == 0);
	EXPECT(process_send_fds(sockets[0], 'd', pipe_fds, 2, &err) == 0);
	EXPECT(process_receive_fds(sockets[1], &octet, got, 4, &n, &err) == 0);
	EXPECT_NUMBER("octet", 'd', octet);
	EXPECT_NUMBER("descriptors", 2, n);
	EXPECT_NUMBER("flag", FD_CLOEXEC, fcntl(got[0], F_GETFD));
	EXPECT(io_write(got[1], "abc", 3) == 0);
	EXPECT(io_read(pipe_fds[0], text, 3) == 3 && text[2] == 'c');
	EXPECT(process_send_fds(sockets[0], 'x', NULL, 0, &err) == 0);
	EXPECT(process_receive_fds(sockets[1], &octet, got + 2, 2, &n, &err) ==
	    0);
	EXPECT_NUMBER("none", 0, n);
	open_before = count_descriptors();
	/* more than there is room for: the rest is closed, not leaked */
	EXPECT(process_send_fds(sockets[0], 'y', pipe_fds, 2, &err) == 0);
	EXPECT(process_receive_fds(sockets[1], &octet, got + 2, 1, &n, &err) ==
	    0);
	EXPECT_NUMBER("one", 1, n);
	close(got[2]);
	EXPECT_NUMBER("open", open_before, count_descriptors());
	close(sockets[0]);
	EXPECT(process_receive_fds(sockets[1], &octet, got + 2, 2, &n, &err) ==
	    -1);
	close(sockets[1]);
	for (int i = 0; i < 2; i++) {
		close(got[i]);
		close(pipe_fds[i]);
	}
}

/* What a child that was forked bare draws, of both libraries. */
static void
draw(unsigned char drawn[64])
{
	struct err err = ERR_INIT;
	int fds[2];
	pid_t pid;

	EXPECT(pipe2(fds, O_CLOEXEC) == 0);
	pid = process_fork_bare(&err);
	if (pid == 0) {
		if (RAND_bytes(drawn, 32) != 1)
			_exit(1);
		randombytes_buf(drawn + 32, 32);
		_exit(write(fds[1], drawn, 64) != 64);
	}
	close(fds[1]);
	EXPECT(read(fds[0], drawn, 64) == 64);
	close(fds[0]);
	EXPECT(waitpid(pid, NULL, 0) == pid);
}

/* Sessions are forked so: two with the same numbers would have the same
 * keys. */
static void
gives_each_bare_child_its_own_randomness(void)
{
	unsigned char ours[64], first[64], second[64];

	EXPECT(RAND_bytes(ours, 32) == 1); /* seeded before the forks */
	randombytes_buf(ours + 32, 32);
	draw(first);
	draw(second);
	EXPECT(RAND_bytes(ours, 32) == 1);
	randombytes_buf(ours + 32, 32);
	for (int half = 0; half < 64; half += 32) {
		EXPECT(memcmp(first + half, second + half, 32) != 0);
		EXPECT(memcmp(first + half, ours + half, 32) != 0);
		EXPECT(memcmp(second + half, ours + half, 32) != 0);
	}
}

int
main(void)
{
	UNIT_RUN(gives_exactly_the_named_descriptors);
	UNIT_RUN(swaps_descriptors);
	UNIT_RUN(hands_on_the_highest_descriptor_there_can_be);
	UNIT_RUN(starts_with_signals_at_their_default);
	UNIT_RUN(says_what_cannot_be_started);
	UNIT_RUN(kills_a_pipeline_as_one);
	UNIT_RUN(waits_no_longer_than_told);
	UNIT_RUN(passes_descriptors_over_a_socket);
	UNIT_RUN(gives_each_bare_child_its_own_randomness);
	return UNIT_RESULT;
}
