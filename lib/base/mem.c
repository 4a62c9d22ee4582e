/* SPDX-License-Identifier: ISC */
/*
 * Allocation that cannot fail: out of memory is handled here, in one place.
 */
#include "mem.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SETTLED_PIECE (120 << 10) /* the largest that is no mapping */
#define SETTLED_ROOM (256 << 10)  /* for messages of the common size */
#define STAYING_ROOM (2 << 20)
#define STAYING_PIECE (1 << 20)

void
mem_fail(void)
{
	static const char line[] = "4.3.0 out of memory\n";

	if (write(STDERR_FILENO, line, sizeof(line) - 1) < 0)
		_exit(75);
	_exit(75);
}

void *
mem_alloc(size_t n)
{
	void *p = malloc(n == 0 ? 1 : n);

	if (p == NULL)
		mem_fail();
	return p;
}

void *
mem_zalloc(size_t n)
{
	void *p = calloc(1, n == 0 ? 1 : n);

	if (p == NULL)
		mem_fail();
	return p;
}

void *
mem_array(void *old, size_t n, size_t size)
{
	void *p;

	if (size != 0 && n > SIZE_MAX / size)
		mem_fail();
	p = realloc(old, n * size == 0 ? 1 : n * size);
	if (p == NULL)
		mem_fail();
	return p;
}

void *
mem_own(size_t n)
{
	void *p = mmap(NULL, n, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED || madvise(p, n, MADV_DONTFORK) < 0)
		mem_fail();
	return p;
}

void
mem_own_free(void *p, size_t n)
{
	if (p != NULL)
		munmap(p, n);
}

void
mem_settle(void)
{
	mallopt(M_TOP_PAD, SETTLED_ROOM);
	free(mem_alloc(SETTLED_PIECE));
}

void
mem_stay(void)
{
	mallopt(M_TRIM_THRESHOLD, STAYING_ROOM);
	mallopt(M_MMAP_THRESHOLD, STAYING_PIECE);
}

char *
mem_dup(const void *from, size_t n)
{
	char *p = mem_alloc(n + 1);

	if (n > 0)
		memcpy(p, from, n);
	p[n] = '\0';
	return p;
}

char *
mem_text(const char *text)
{
	return text == NULL ? NULL : mem_dup(text, strlen(text));
}
