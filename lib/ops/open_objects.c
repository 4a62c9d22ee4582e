/* SPDX-License-Identifier: ISC */
/* Files kept open, and read ahead. */
#include "ops/open_objects.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

#define READ_AHEAD ((uint64_t)4 << 20)

void
open_object_close(struct open_object *o)
{
	free(o->name);
	if (o->name != NULL)
		close(o->fd);
	memset(o, 0, sizeof(*o));
}

void
open_objects_close(struct open_objects *objects)
{
	for (size_t i = 0; i < OPEN_OBJECTS; i++)
		open_object_close(&objects->items[i]);
}

/* The object of that name; else an empty place, or the one that was not used
 * for longest, closed. */
static struct open_object *
place_of(struct open_objects *objects, const char *name)
{
	struct open_object *oldest = &objects->items[0];

	for (size_t i = 0; i < OPEN_OBJECTS; i++) {
		struct open_object *o = &objects->items[i];

		if (o->name != NULL && strcmp(o->name, name) == 0)
			return o;
		if (o->used < oldest->used)
			oldest = o;
	}
	open_object_close(oldest);
	return oldest;
}

struct open_object *
open_objects_get(struct open_objects *objects, int folder, const char *name)
{
	struct open_object *o = place_of(objects, name);

	if (o->name == NULL) {
		int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);

		if (fd < 0)
			return NULL;
		o->fd = fd;
		o->name = mem_text(name);
	}
	o->used = ++objects->clock;
	return o;
}

/* Who reads a pack from one blob to the next finds it in memory. */
static void
read_ahead(struct open_object *o, uint64_t offset, size_t n)
{
	uint64_t end = offset + n;

	if (offset == o->next && end + READ_AHEAD / 2 > o->ahead) {
		(void)posix_fadvise(o->fd, (off_t)end, (off_t)READ_AHEAD,
		    POSIX_FADV_WILLNEED);
		o->ahead = end + READ_AHEAD;
	}
	o->next = end;
}

int
open_object_read(struct open_object *o, uint64_t offset, size_t n,
    struct buf *out)
{
	struct stat st;

	if (n == 0) {
		if (fstat(o->fd, &st) < 0)
			return -1;
		n = (uint64_t)st.st_size > offset ?
		    (size_t)((uint64_t)st.st_size - offset) : 0;
	}
	if (buf_reserve(out, n) < 0) {
		errno = EFBIG;
		return -1;
	}
	read_ahead(o, offset, n);
	while (n > 0) {
		ssize_t got = pread(o->fd, out->p + out->n, n, (off_t)offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? -1 : 0;
		out->n += (size_t)got;
		out->p[out->n] = '\0';
		offset += (uint64_t)got;
		n -= (size_t)got;
	}
	return 1;
}
