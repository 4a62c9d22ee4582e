/* SPDX-License-Identifier: ISC */
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "unit.h"

static char folder[] = "/tmp/fe-io-test-XXXXXX";
static char path[128];

static const char *
file(const char *name)
{
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void
writes_all_though_the_pipe_is_small(void)
{
	size_t size = 1 << 20;
	char *octets = malloc(size);
	struct buf got = BUF_INIT;
	struct err err = ERR_INIT;
	int fds[2], status = 0;
	pid_t child;

	memset(octets, 'x', size);
	octets[size - 1] = 'y';
	EXPECT(pipe(fds) == 0);
	child = fork();
	if (child == 0) {
		close(fds[0]);
		io_set_nonblocking(fds[1], true); /* EAGAIN on the way */
		_exit(io_write_two(fds[1], slice_of(octets, size),
			  SLICE("tail")) < 0);
	}
	close(fds[1]);
	EXPECT(io_read_all(fds[0], "pipe", &got, &err) == 0);
	close(fds[0]);
	waitpid(child, &status, 0);
	EXPECT_NUMBER("status", 0, status);
	EXPECT_NUMBER("length", size + 4, got.n);
	EXPECT_SLICE("end", SLICE("xytail"),
	    slice_part(buf_slice(&got), size - 2, size + 4));
	buf_free(&got);
	free(octets);
}

static void
says_that_a_dead_reader_is_epipe(void)
{
	int fds[2];

	signal(SIGPIPE, SIG_IGN);
	EXPECT(pipe(fds) == 0);
	close(fds[0]);
	errno = 0;
	EXPECT(io_write(fds[1], "x", 1) == -1);
	EXPECT_NUMBER("errno", EPIPE, errno);
	close(fds[1]);
}

static void
stops_reading_at_the_maximum(void)
{
	struct err err = ERR_INIT;
	struct buf exact = BUF_LIMITED(5), small = BUF_LIMITED(4);

	EXPECT(io_replace_file(file("five"), SLICE("12345"), 0600, &err) == 0);
	EXPECT(io_read_file(file("five"), &exact, &err) == 0);
	EXPECT_SLICE("exact", SLICE("12345"), buf_slice(&exact));
	EXPECT(io_read_file(file("five"), &small, &err) == -1);
	EXPECT_NUMBER("kind", ERR_MESSAGE, err.kind);
	EXPECT(strstr(err.text, "is larger than 4 octets") != NULL);
	buf_free(&exact);
	buf_free(&small);
}

static void
names_the_file_that_cannot_be_read(void)
{
	struct buf b = BUF_INIT;
	struct err err = ERR_INIT;

	EXPECT(io_read_file(file("none"), &b, &err) == -1);
	EXPECT_NUMBER("errno", ENOENT, errno);
	EXPECT(strstr(err.text, "none': No such file") != NULL);
	EXPECT(io_read_file(folder, &b, &err) == -1);
	EXPECT(strstr(err.text, "Is a directory") != NULL);
	buf_free(&b);
}

static void
replaces_a_file_and_leaves_nothing_beside_it(void)
{
	struct buf b = BUF_INIT;
	struct err err = ERR_INIT;
	struct stat st;
	char command[200];

	EXPECT(io_replace_file(file("f"), SLICE("old"), 0640, &err) == 0);
	EXPECT(io_replace_file(file("f"), SLICE("new\0x"), 0600, &err) == 0);
	EXPECT(io_read_file(file("f"), &b, &err) == 0);
	EXPECT_SLICE("content", SLICE("new\0x"), buf_slice(&b));
	EXPECT(stat(path, &st) == 0);
	EXPECT_NUMBER("mode", 0600, st.st_mode & 07777);
	EXPECT(mkdir(file("d"), 0700) == 0);
	EXPECT(io_replace_file(file("d"), SLICE("x"), 0600, &err) == -1);
	EXPECT(io_replace_file(file("no/f"), SLICE("x"), 0600, &err) == -1);
	/* what a writer left that was killed goes with the next one */
	EXPECT(io_replace_file(file(".f.new"), SLICE("half"), 0600, &err) ==
	    0);
	EXPECT(io_replace_file_alone(file("f"), SLICE("alone"), 0640, &err) ==
	    0);
	buf_reset(&b);
	EXPECT(io_read_file(file("f"), &b, &err) == 0);
	EXPECT_SLICE("content", SLICE("alone"), buf_slice(&b));
	snprintf(command, sizeof(command),
	    "test -z \"$(find %s -name '.*.*')\"", folder);
	EXPECT_NUMBER("leftovers", 0, system(command));
	buf_free(&b);
}

static bool
is_there(const char *name)
{
	return access(file(name), F_OK) == 0;
}

static void
sweeps_what_killed_writers_left(void)
{
	static const char *const names[] = {".k.new-0", ".k.new-7",
	    ".k.new-longer04", ".k.new-", ".k.backup", ".kk.new-5"};
	struct err err = ERR_INIT;
	int held;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		close(open(file(names[i]), O_WRONLY | O_CREAT | O_CLOEXEC,
		    0600));
	held = open(file(".k.new-7"), O_RDONLY | O_CLOEXEC);
	EXPECT(flock(held, LOCK_EX | LOCK_NB) == 0);
	EXPECT(io_replace_file(file("k"), SLICE("x"), 0600, &err) == 0);
	EXPECT(!is_there(".k.new-0"));
	for (size_t i = 1; i < sizeof(names) / sizeof(*names); i++)
		EXPECT(is_there(names[i]));
	/* his writer has died meanwhile */
	close(held);
	EXPECT(io_remove_file(file("k"), &err) == 0);
	EXPECT(!is_there(".k.new-7"));
	for (size_t i = 2; i < sizeof(names) / sizeof(*names); i++) {
		EXPECT(is_there(names[i]));
		unlink(file(names[i]));
	}
}

/* Nobody reads a folder of many accounts for the sake of one. */
static void
finds_leftovers_without_reading_the_folder(void)
{
	struct err err = ERR_INIT;

	EXPECT(mkdir(file("many"), 0700) == 0);
	close(open(file("many/.k.new-3"), O_WRONLY | O_CREAT | O_CLOEXEC,
	    0600));
	if (geteuid() == 0) {
		EXPECT(chown(file("many/.k.new-3"), 65534, 65534) == 0);
		EXPECT(chown(file("many"), 65534, 65534) == 0);
		EXPECT(chmod(folder, 0711) == 0);
		EXPECT(seteuid(65534) == 0);
	}
	EXPECT(chmod(file("many"), 0300) == 0);
	/* the sync of such a folder fails, but all is done */
	(void)io_replace_file(file("many/k"), SLICE("x"), 0600, &err);
	EXPECT(!is_there("many/.k.new-3"));
	EXPECT(is_there("many/k"));
	if (geteuid() == 65534)
		EXPECT(seteuid(0) == 0);
}

/* All places are left by killed writers, or one by a living one. */
static void
finds_a_place_among_many_writers(void)
{
	char name[] = ".p.new-0";
	struct err err = ERR_INIT;
	pid_t children[30];
	int held;

	for (; name[7] <= '9'; name[7]++)
		close(open(file(name), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	held = open(file(".p.new-4"), O_RDONLY | O_CLOEXEC);
	EXPECT(flock(held, LOCK_EX | LOCK_NB) == 0);
	EXPECT(io_replace_file(file("p"), SLICE("x"), 0600, &err) == 0);
	for (name[7] = '0'; name[7] <= '9'; name[7]++)
		EXPECT_NUMBER(name, name[7] == '4', is_there(name));
	close(held);
	for (size_t i = 0; i < 30; i++)
		if ((children[i] = fork()) == 0) {
			int bad = 0;

			for (int n = 0; n < 20; n++)
				bad |= io_replace_file(file("p"), SLICE("all"),
				    0600, &err);
			_exit(bad != 0);
		}
	for (size_t i = 0; i < 30; i++) {
		int status;

		EXPECT(waitpid(children[i], &status, 0) == children[i]);
		EXPECT_NUMBER("status", 0, status);
	}
	for (name[7] = '0'; name[7] <= '9'; name[7]++)
		EXPECT(!is_there(name));
}

static void
makes_folders_once(void)
{
	struct err err = ERR_INIT;
	struct stat st;

	EXPECT(io_make_folders(file("a/b/c"), 0700, &err) == 0);
	EXPECT(io_make_folders(file("a/b/c"), 0700, &err) == 0);
	EXPECT(stat(path, &st) == 0 && S_ISDIR(st.st_mode));
	EXPECT(io_replace_file(file("plain"), SLICE(""), 0600, &err) == 0);
	EXPECT(io_make_folders(file("plain/x"), 0700, &err) == -1);
	EXPECT(strstr(err.text, "plain/x': Not a directory") != NULL);
}

static void
names_the_folder_of_a_path(void)
{
	static const struct {
		const char *path, *want;
	} rows[] = {{"/a/b/c", "/a/b"}, {"/a", "/"}, {"a/b", "a"},
	    {"a", "."}, {"", "."}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *got = io_folder_of(rows[i].path);

		EXPECT_SLICE(rows[i].path, slice_text(rows[i].want),
		    slice_text(got));
		free(got);
	}
}

static void
waits_no_longer_than_told(void)
{
	int64_t start = clock_monotonic_ms();
	int fds[2];

	EXPECT(pipe(fds) == 0);
	EXPECT_NUMBER("empty", 0, io_wait_readable(fds[0], 30));
	EXPECT(clock_monotonic_ms() - start >= 30);
	EXPECT_NUMBER("now", 0, io_wait_readable(fds[0], 0));
	EXPECT(io_write(fds[1], "x", 1) == 0);
	EXPECT_NUMBER("octet", 1, io_wait_readable(fds[0], -1));
	close(fds[1]);
	EXPECT_NUMBER("end", 1, io_wait_readable(fds[0], 1000));
	EXPECT(io_set_close_on_exec(fds[0], true) == 0);
	EXPECT_NUMBER("flag", FD_CLOEXEC, fcntl(fds[0], F_GETFD));
	close(fds[0]);
}

int
main(void)
{
	char command[200];

	if (mkdtemp(folder) == NULL)
		return 1;
	UNIT_RUN(writes_all_though_the_pipe_is_small);
	UNIT_RUN(says_that_a_dead_reader_is_epipe);
	UNIT_RUN(stops_reading_at_the_maximum);
	UNIT_RUN(names_the_file_that_cannot_be_read);
	UNIT_RUN(replaces_a_file_and_leaves_nothing_beside_it);
	UNIT_RUN(sweeps_what_killed_writers_left);
	UNIT_RUN(finds_leftovers_without_reading_the_folder);
	UNIT_RUN(finds_a_place_among_many_writers);
	UNIT_RUN(makes_folders_once);
	UNIT_RUN(names_the_folder_of_a_path);
	UNIT_RUN(waits_no_longer_than_told);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	EXPECT_NUMBER("clean up", 0, system(command));
	return UNIT_RESULT;
}
