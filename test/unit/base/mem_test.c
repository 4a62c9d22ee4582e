/* SPDX-License-Identifier: ISC */
#include "base/mem.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

static void
gives_memory_for_nothing_too(void)
{
	char *p = mem_alloc(0), *q = mem_array(NULL, 0, 8);

	EXPECT(p != NULL && q != NULL);
	free(p);
	free(q);
	EXPECT(mem_text(NULL) == NULL);
}

static void
copies_octets_and_puts_a_nul_behind(void)
{
	char *p = mem_dup("a\0b", 3), *q = mem_text("abc");
	unsigned char *zeros = mem_zalloc(64);

	EXPECT(memcmp(p, "a\0b", 4) == 0);
	EXPECT(strcmp(q, "abc") == 0);
	for (int i = 0; i < 64; i++)
		EXPECT(zeros[i] == 0);
	free(p);
	free(q);
	free(zeros);
}

static void
ends_with_75_when_none_is_left(void)
{
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		void *p;

		close(STDERR_FILENO);
		p = mem_array(NULL, SIZE_MAX / 2, 3);
		_exit(p == NULL);
	}
	EXPECT(child > 0 && waitpid(child, &status, 0) == child);
	EXPECT(WIFEXITED(status));
	EXPECT_NUMBER("exit", 75, WEXITSTATUS(status));
}

static void
is_a_parent_s_own_after_a_fork(void)
{
	size_t size = 3 * 4096;
	char *p = mem_own(size);
	int status = 0;
	pid_t child;

	for (size_t i = 0; i < size; i++)
		EXPECT(p[i] == 0);
	p[5000] = 'x';
	child = fork();
	if (child == 0) /* says ENOMEM of what is not mapped */
		_exit(msync(p, size, MS_ASYNC) < 0 && errno == ENOMEM);
	EXPECT(child > 0 && waitpid(child, &status, 0) == child);
	EXPECT(WIFEXITED(status));
	EXPECT_NUMBER("not there", 1, WEXITSTATUS(status));
	EXPECT(p[5000] == 'x');
	mem_own_free(p, size);
	mem_own_free(NULL, size);
}

static void
settles_without_harm(void)
{
	char *before = mem_text("before"), *after;

	mem_settle();
	mem_settle();
	after = mem_text("after");
	EXPECT(strcmp(before, "before") == 0 && strcmp(after, "after") == 0);
	free(before);
	free(after);
}

/* In a child: it holds for the rest of the process. */
static void
keeps_what_it_freed_if_it_stays(void)
{
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		char *pieces[4];
		void *end;

		mem_stay();
		for (int i = 0; i < 4; i++)
			pieces[i] = mem_zalloc(100000);
		end = sbrk(0);
		for (int i = 0; i < 4; i++)
			free(pieces[i]);
		_exit(sbrk(0) == end);
	}
	EXPECT(child > 0 && waitpid(child, &status, 0) == child);
	EXPECT(WIFEXITED(status));
	EXPECT_NUMBER("still there", 1, WEXITSTATUS(status));
}

int
main(void)
{
	UNIT_RUN(gives_memory_for_nothing_too);
	UNIT_RUN(copies_octets_and_puts_a_nul_behind);
	UNIT_RUN(is_a_parent_s_own_after_a_fork);
	UNIT_RUN(settles_without_harm);
	UNIT_RUN(keeps_what_it_freed_if_it_stays);
	UNIT_RUN(ends_with_75_when_none_is_left);
	return UNIT_RESULT;
}
