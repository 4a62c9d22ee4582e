/* SPDX-License-Identifier: ISC */
/*
 * Writing past the page cache.  Memory, offset and length are multiples of
 * a block of 4 KiB, which is enough for all disks; whether a file system takes
 * it, only an attempt says.
 */
#include "direct_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io.h"
#include "mem.h"

#define BLOCK ((size_t)4096)
/* Below that the wait for the disk is more than what is spared. */
#define DIRECT_MIN ((size_t)128 << 10)
#define ROOM_SIZE ((size_t)1 << 20)

void *
direct_alloc(size_t n)
{
	size_t room = (n + BLOCK - 1) / BLOCK * BLOCK;
	void *p = room < n ? NULL : aligned_alloc(BLOCK, room);

	if (p == NULL)
		mem_fail();
	return p;
}

/* As many whole blocks as the disk takes; the octets written, or -1. */
static ssize_t
write_blocks(int fd, struct slice octets)
{
	size_t whole = octets.n / BLOCK * BLOCK, done = 0;

	while (done < whole) {
		ssize_t n = write(fd, octets.p + done, whole - done);

		if (n < 0 && errno == EINTR)
			continue;
		/* Not of this kind after all: through the cache. */
		if (n < 0 && errno == EINVAL)
			break;
		if (n < 0)
			return -1;
		done += (size_t)n;
		if ((size_t)n % BLOCK != 0)
			break;
	}
	return (ssize_t)done;
}

int
direct_write(int fd, struct slice octets)
{
	int flags = fcntl(fd, F_GETFL);
	off_t at = lseek(fd, 0, SEEK_CUR);
	ssize_t done = 0;

	if (flags >= 0 && at >= 0 && at % (off_t)BLOCK == 0 &&
	    (uintptr_t)octets.p % BLOCK == 0 && octets.n >= DIRECT_MIN &&
	    fcntl(fd, F_SETFL, flags | O_DIRECT) == 0) {
		done = write_blocks(fd, octets);
		if (done < 0 || fcntl(fd, F_SETFL, flags) < 0)
			return -1;
	}
	octets = slice_part(octets, (size_t)done, octets.n);
	return io_write(fd, octets.p, octets.n);
}

void
direct_file_free(struct direct_file *f)
{
	free(f->room);
	f->room = NULL;
}

void
direct_file_begin(struct direct_file *f, int fd)
{
	f->fd = fd;
	f->n = 0;
}

int
direct_file_end(struct direct_file *f)
{
	size_t n = f->n;

	f->n = 0;
	return direct_write(f->fd, slice_of(f->room, n));
}

int
direct_file_put(struct direct_file *f, struct slice octets)
{
	while (octets.n > 0) {
		size_t n = ROOM_SIZE - f->n;

		if (f->n == 0 && octets.n >= DIRECT_MIN &&
		    (uintptr_t)octets.p % BLOCK == 0) {
			n = octets.n / BLOCK * BLOCK;
			if (direct_write(f->fd, slice_part(octets, 0, n)) < 0)
				return -1;
		} else {
			if (f->room == NULL)
				f->room = direct_alloc(ROOM_SIZE);
			n = octets.n < n ? octets.n : n;
			memcpy(f->room + f->n, octets.p, n);
			f->n += n;
			if (f->n == ROOM_SIZE && direct_file_end(f) < 0)
				return -1;
		}
		octets = slice_part(octets, n, octets.n);
	}
	return 0;
}
