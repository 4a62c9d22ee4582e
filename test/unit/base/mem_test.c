/* SPDX-License-Identifier: ISC */
#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>
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

int
main(void)
{
	UNIT_RUN(gives_memory_for_nothing_too);
	UNIT_RUN(copies_octets_and_puts_a_nul_behind);
	UNIT_RUN(ends_with_75_when_none_is_left);
	return UNIT_RESULT;
}
