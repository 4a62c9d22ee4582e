/* SPDX-License-Identifier: ISC */
#include "base/secret.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/process.h"
#include "child.h"
#include "unit.h"

static char folder[] = "/tmp/fe-secret-test-XXXXXX";

static void
hands_out_zeroed_memory_again_and_again(void)
{
	unsigned char *p[100];

	for (int round = 0; round < 50; round++) {
		for (int i = 0; i < 100; i++) {
			p[i] = secret_alloc((size_t)(1 + i * 7));
			for (int k = 0; k < 1 + i * 7; k++)
				EXPECT(p[i][k] == 0);
			memset(p[i], 0xaa, (size_t)(1 + i * 7));
		}
		for (int i = 0; i < 100; i++)
			secret_free(p[(i * 37) % 100]);
	}
	secret_free(NULL);
	EXPECT(((uintptr_t)secret_alloc(1) & 15) == 0);
}

#ifndef FE_SANITIZE
static void
print_flags_of(const void *p)
{
	char line[512];
	bool within = false;
	FILE *map = fopen("/proc/self/smaps", "r");

	while (map != NULL && fgets(line, sizeof(line), map) != NULL) {
		unsigned long from, to;

		if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
			within = (uintptr_t)p >= from && (uintptr_t)p < to;
		if (within && strncmp(line, "VmFlags:", 8) == 0)
			printf("%s", line);
	}
	if (map != NULL)
		fclose(map);
}

static int
print_own_flags(void *arg)
{
	(void)arg;
	secret_drop_all();
	print_flags_of(secret_alloc(32));
	return 0;
}

/* Locks do not pass through fork(2); process_fork sees to it. */
static int
print_flags_of_a_child(void *arg)
{
	struct err err = ERR_INIT;
	int status = 1;
	pid_t pid;

	(void)arg;
	secret_drop_all();
	secret_alloc(32);
	pid = process_fork(&err);
	if (pid == 0) {
		print_flags_of(secret_alloc(32));
		exit(0);
	}
	waitpid(pid, &status, 0);
	return status;
}

/* lo: locked; dd: not in a core file. */
static void
is_locked_and_left_out_of_core_files(void)
{
	struct child child = CHILD_INIT;

	child_run(&child, print_own_flags, NULL);
	EXPECT(strstr(buf_text(&child.out), " lo") != NULL);
	EXPECT(strstr(buf_text(&child.out), " dd") != NULL);
	child_run(&child, print_flags_of_a_child, NULL);
	EXPECT(strstr(buf_text(&child.out), " lo") != NULL);
	EXPECT(strstr(buf_text(&child.out), " dd") != NULL);
	child_free(&child);
}
#endif

static int
overrun(void *arg)
{
	char *p = secret_alloc(16);

	signal(SIGSEGV, SIG_DFL); /* where a sanitizer has taken it */
	for (size_t i = 0; i < 2 * (256 << 10); i++)
		((volatile char *)p)[i] = 'x';
	return *(int *)arg;
}

static void
lies_between_guard_pages(void)
{
	struct child child = CHILD_INIT;
	int unreached = 0;

	child_run(&child, overrun, &unreached);
	EXPECT(child_status(&child) != 0);
	child_free(&child);
}

static int
fill(void *arg)
{
	(void)arg;
	for (int i = 0; i < 100000; i++)
		secret_alloc(64);
	return 0;
}

static void
fails_loudly_when_full(void)
{
	struct child child = CHILD_INIT;

	child_run(&child, fill, NULL);
	EXPECT_NUMBER("full", 75, child_status(&child));
	EXPECT(strstr(buf_text(&child.err), "KiB for keys are full") != NULL);
	child_free(&child);
}

#ifndef FE_SANITIZE
static int
open_without_right(void *arg)
{
	struct err err = ERR_INIT;

	(void)arg;
	secret_drop_all();
	setrlimit(RLIMIT_MEMLOCK, &(struct rlimit){4096, 4096});
	/* root may lock whatever the limit says, so be somebody else */
	if (getuid() == 0 && setuid(65534) < 0)
		return 98;
	if (secret_open(1 << 20, &err) == 0)
		return 97;
	fprintf(stderr, "%s", err.text);
	return 0;
}

static void
fails_loudly_when_it_cannot_be_locked(void)
{
	struct child child = CHILD_INIT;

	child_run(&child, open_without_right, NULL);
	EXPECT_NUMBER("not locked", 0, child_status(&child));
	EXPECT(strstr(buf_text(&child.err), "LimitMEMLOCK") != NULL);
	child_free(&child);
}
#endif

static const char *
file(const char *name, struct slice content, mode_t mode)
{
	static char path[128];
	struct err err = ERR_INIT;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	EXPECT(io_replace_file(path, content, mode, &err) == 0);
	return path;
}

static void
reads_a_key_of_the_right_size_and_mode(void)
{
	struct err err = ERR_INIT;
	unsigned char *key = NULL;

	EXPECT(secret_read_file(file("k", SLICE("12\0\n"), 0400), 4, &key,
		   &err) == 0);
	EXPECT(key != NULL && memcmp(key, "12\0\n", 4) == 0);
	secret_free(key);
	EXPECT(secret_read_file(file("k", SLICE("1234"), 0640), 4, &key,
		   &err) == 0);
	secret_free(key);
	EXPECT(secret_read_file(file("k", SLICE("12345"), 0400), 4, &key,
		   &err) == -1);
	EXPECT(secret_read_file(file("k", SLICE("123"), 0400), 4, &key,
		   &err) == -1);
	EXPECT_NUMBER("size", ERR_CONFIG, err.kind);
	EXPECT(secret_read_file(file("k", SLICE("1234"), 0604), 4, &key,
		   &err) == -1);
	EXPECT(secret_read_file(file("k", SLICE("1234"), 0660), 4, &key,
		   &err) == -1);
	EXPECT_NUMBER("mode", ERR_CONFIG, err.kind);
	EXPECT(strstr(err.text, "chmod 0400") != NULL);
	EXPECT(secret_read_file("/nonexistent", 4, &key, &err) == -1);
	EXPECT(secret_read_file("/dev/zero", 4, &key, &err) == -1);
}

static void
reads_one_line_as_a_password(void)
{
	static const struct {
		struct slice text;
		const char *want; /* NULL: refused */
		size_t left;
	} rows[] = {
	    {{"secret\nrest", 11}, "secret", 4},
	    {{"secret\r\nrest", 12}, "secret", 4},
	    {{"no end", 6}, "no end", 0},
	    {{" spaces \n", 9}, " spaces ", 0},
	    {{"\n", 1}, NULL, 0},
	    {{"", 0}, NULL, 0},
	    {{"a\0b\n", 4}, NULL, 2},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct err err = ERR_INIT;
		struct buf rest = BUF_INIT;
		char *password = NULL;
		int fds[2], result;

		EXPECT(pipe(fds) == 0);
		EXPECT(io_write(fds[1], rows[i].text.p, rows[i].text.n) == 0);
		close(fds[1]);
		result = secret_read_line(fds[0], &password, &err);
		EXPECT_NUMBER("result", rows[i].want == NULL ? -1 : 0, result);
		if (rows[i].want != NULL && password != NULL)
			EXPECT_SLICE("password", slice_text(rows[i].want),
			    slice_text(password));
		else
			EXPECT_NUMBER("kind", ERR_USAGE, err.kind);
		EXPECT(io_read_all(fds[0], "pipe", &rest, &err) == 0);
		EXPECT_NUMBER("left for others", rows[i].left, rest.n);
		secret_free(password);
		close(fds[0]);
		buf_free(&rest);
	}
}

static void
limits_the_length_of_a_password(void)
{
	char text[1100];
	struct err err = ERR_INIT;
	char *password = NULL;

	memset(text, 'x', sizeof(text));
	text[1023] = '\n';
	EXPECT(secret_read_line(open(file("p", slice_of(text, 1024), 0600),
				    O_RDONLY), &password, &err) == 0);
	EXPECT_NUMBER("length", 1023, strlen(password));
	secret_free(password);
	text[1023] = 'x';
	EXPECT(secret_read_line(open(file("p", slice_of(text, 1100), 0600),
				    O_RDONLY), &password, &err) == -1);
}

int
main(void)
{
	char command[64];

	if (mkdtemp(folder) == NULL)
		return 1;
	UNIT_RUN(hands_out_zeroed_memory_again_and_again);
#ifndef FE_SANITIZE /* ASan makes mlock(2) do nothing */
	UNIT_RUN(is_locked_and_left_out_of_core_files);
	UNIT_RUN(fails_loudly_when_it_cannot_be_locked);
#endif
	UNIT_RUN(lies_between_guard_pages);
	UNIT_RUN(fails_loudly_when_full);
	UNIT_RUN(reads_a_key_of_the_right_size_and_mode);
	UNIT_RUN(reads_one_line_as_a_password);
	UNIT_RUN(limits_the_length_of_a_password);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	EXPECT_NUMBER("clean up", 0, system(command));
	return UNIT_RESULT;
}
