/* SPDX-License-Identifier: ISC */
/* Files kept open, and read ahead. */
#include "ops/open_objects.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/direct_file.h"
#include "base/mem.h"

#define READ_AHEAD ((uint64_t)4 << 20)
#define READ_AHEAD_SMALL ((uint64_t)256 << 10) /* where the large are not */
/* Reads past the page cache: whole blocks; below that the wait for the disk
 * is more than what is spared. */
#define DIRECT_BLOCK ((size_t)4096)
#define DIRECT_MIN ((size_t)128 << 10)
#define DIRECT_MAX ((size_t)8 << 20)
#define CACHE_PAGES ((size_t)4096) /* of a pack are looked at */
#define DIRECT_ROOM (DIRECT_MAX + 3 * DIRECT_BLOCK)

void
open_objects_init(struct open_objects *objects)
{
	memset(objects, 0, sizeof(*objects));
	pthread_mutex_init(&objects->mutex, NULL);
	pthread_cond_init(&objects->given_back, NULL);
}

static void
close_object(struct open_object *o)
{
	free(o->name);
	if (o->name != NULL)
		close(o->fd);
	if (o->name != NULL && o->direct >= 0)
		close(o->direct);
	memset(o, 0, sizeof(*o));
}

void
open_objects_close(struct open_objects *objects)
{
	pthread_mutex_lock(&objects->mutex);
	for (size_t i = 0; i < OPEN_OBJECTS; i++)
		if (objects->items[i].users == 0)
			close_object(&objects->items[i]);
	pthread_mutex_unlock(&objects->mutex);
}

/* The object of that name; else an empty place, or the one that was not used
 * for longest, closed; NULL where all are in use. */
static struct open_object *
place_of(struct open_objects *objects, const char *name)
{
	struct open_object *oldest = NULL;

	for (size_t i = 0; i < OPEN_OBJECTS; i++) {
		struct open_object *o = &objects->items[i];

		if (o->name != NULL && strcmp(o->name, name) == 0)
			return o;
		if (o->users == 0 && (oldest == NULL ||
			o->used < oldest->used))
			oldest = o;
	}
	if (oldest != NULL)
		close_object(oldest);
	return oldest;
}

/* Is the most of it in memory? */
static bool
is_cached(int fd)
{
	unsigned char pages[CACHE_PAGES];
	struct stat st;
	size_t n, cached = 0;
	void *p;

	if (fstat(fd, &st) < 0 || st.st_size <= 0)
		return true;
	n = ((size_t)st.st_size + DIRECT_BLOCK - 1) / DIRECT_BLOCK;
	n = n < CACHE_PAGES ? n : CACHE_PAGES;
	p = mmap(NULL, n * DIRECT_BLOCK, PROT_READ, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return true;
	if (mincore(p, n * DIRECT_BLOCK, pages) < 0)
		memset(pages, 0, n);
	for (size_t i = 0; i < n; i++)
		cached += pages[i] & 1;
	munmap(p, n * DIRECT_BLOCK);
	return cached > n / 2;
}

/* NULL and errno where it cannot be opened.  It is the caller's until he gives
 * it back. */
static struct open_object *
take(struct open_objects *objects, int folder, const char *name)
{
	struct open_object *o;

	while ((o = place_of(objects, name)) == NULL)
		pthread_cond_wait(&objects->given_back, &objects->mutex);
	if (o->name == NULL) {
		int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);

		if (fd < 0)
			return NULL;
		o->fd = fd;
		o->direct = !objects->direct || is_cached(fd) ? -1 : openat(
		    folder, name, O_RDONLY | O_CLOEXEC | O_DIRECT);
		/* Of a pack whose blobs go past the cache nothing but its
		 * head is wanted there. */
		if (o->direct >= 0)
			(void)posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
		o->name = mem_text(name);
	}
	o->used = ++objects->clock;
	o->users++;
	return o;
}

static uint64_t
step_of(const struct open_object *o)
{
	return o->direct < 0 ? READ_AHEAD : READ_AHEAD_SMALL;
}

/* Who reads a pack from one blob to the next finds it in memory; several
 * threads that do so are not quite in turn.  Returns from where to read
 * ahead, or 0. */
static uint64_t
ahead_of(struct open_object *o, uint64_t offset, size_t n)
{
	uint64_t end = offset + n, from = 0, step = step_of(o);
	bool near = offset > 0 && offset + step / 2 > o->next &&
	    offset < o->next + step / 2;

	if (near && end + step > o->ahead) {
		from = end > o->ahead ? end : o->ahead;
		o->ahead = from + step;
	}
	if (!near || end > o->next)
		o->next = end;
	return from;
}

int
open_object_read(int fd, uint64_t offset, size_t n, struct buf *out)
{
	struct stat st;

	if (n == 0) {
		if (fstat(fd, &st) < 0)
			return -1;
		n = (uint64_t)st.st_size > offset ?
		    (size_t)((uint64_t)st.st_size - offset) : 0;
	}
	if (buf_reserve(out, n) < 0) {
		errno = EFBIG;
		return -1;
	}
	while (n > 0) {
		ssize_t got = pread(fd, out->p + out->n, n, (off_t)offset);

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

/* Whole blocks into room that begins as one, then moved into place.  1, or 0
 * where the ordinary way has to do. */
static int
read_direct(const struct open_object *o, uint64_t offset, size_t n,
    struct buf *out)
{
	size_t before = (size_t)(offset % DIRECT_BLOCK), whole;
	ssize_t got;

	whole = (before + n + DIRECT_BLOCK - 1) / DIRECT_BLOCK * DIRECT_BLOCK;
	if (out->n != 0 || n < DIRECT_MIN || n > DIRECT_MAX)
		return 0;
	if (out->capacity < DIRECT_ROOM) {
		buf_free(out);
		*out = (struct buf){direct_alloc(DIRECT_ROOM), 0, DIRECT_ROOM,
		    out->max};
	}
	got = pread(o->direct, out->p, whole, (off_t)(offset - before));
	if (got < (ssize_t)(before + n))
		return 0;
	memmove(out->p, out->p + before, n);
	out->n = n;
	out->p[n] = '\0';
	return 1;
}

int
open_objects_read(struct open_objects *objects, int folder, const char *name,
    uint64_t offset, size_t n, struct buf *out)
{
	struct open_object *o;
	uint64_t ahead = 0;
	int result, why;

	pthread_mutex_lock(&objects->mutex);
	o = take(objects, folder, name);
	if (o != NULL && (o->direct < 0 || n < DIRECT_MIN))
		ahead = ahead_of(o, offset, n);
	pthread_mutex_unlock(&objects->mutex);
	if (o == NULL)
		return -1;
	if (ahead > 0)
		(void)posix_fadvise(o->fd, (off_t)ahead, (off_t)step_of(o),
		    POSIX_FADV_WILLNEED);
	result = o->direct < 0 ? 0 : read_direct(o, offset, n, out);
	if (result == 0)
		result = open_object_read(o->fd, offset, n, out);
	why = errno;
	pthread_mutex_lock(&objects->mutex);
	o->users--;
	pthread_cond_signal(&objects->given_back);
	pthread_mutex_unlock(&objects->mutex);
	errno = why;
	return result;
}
