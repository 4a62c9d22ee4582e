/* SPDX-License-Identifier: ISC */
/*
 * Counters in memory that the parent maps twice: to write, which no child
 * inherits, and to read, which all do.  The file behind it is sealed in
 * between, so that what is mapped to read can never be made writable, with
 * whatever system calls a session has left.
 */
#include "tally.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

struct slot {
	_Atomic int64_t granted;
	int64_t first; /* of it, what the session began with */
	int64_t time_ms;
};

struct shared {
	_Atomic int64_t held; /* by all */
	int64_t firsts;       /* of it, first steps */
	struct slot slots[];
};

struct tally {
	struct shared *own;        /* the parent's */
	const struct shared *view; /* of everybody */
	size_t size;
	int64_t max, session_max;
};

static int
map_twice(struct tally *t, int fd, struct err *err)
{
	void *own, *view;

	if (ftruncate(fd, (off_t)t->size) < 0)
		return err_errno(err, "cannot size memory for connections");
	own = mmap(NULL, t->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (own == MAP_FAILED)
		return err_errno(err, "cannot map memory for connections");
	t->own = own;
	if (madvise(own, t->size, MADV_DONTFORK) < 0 ||
	    fcntl(fd, F_ADD_SEALS,
		F_SEAL_FUTURE_WRITE | F_SEAL_SHRINK | F_SEAL_GROW |
		    F_SEAL_SEAL) < 0)
		return err_errno(err,
		    "cannot keep sessions from writing the counters of all");
	view = mmap(NULL, t->size, PROT_READ, MAP_SHARED, fd, 0);
	if (view == MAP_FAILED)
		return err_errno(err, "cannot map memory for connections");
	t->view = view;
	return 0;
}

struct tally *
tally_make(size_t n, int64_t max, int64_t size_max, struct err *err)
{
	struct tally *t = mem_zalloc(sizeof(*t));
	int fd = memfd_create("fe-tally", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int result;

	t->size = sizeof(struct shared) + n * sizeof(struct slot);
	t->max = max;
	while (t->session_max < size_max)
		t->session_max += tally_step(t->session_max);
	if (fd < 0) {
		err_errno(err, "cannot have memory for connections");
		free(t);
		return NULL;
	}
	result = map_twice(t, fd, err);
	close(fd);
	if (result == 0)
		return t;
	tally_free(t);
	return NULL;
}

void
tally_free(struct tally *t)
{
	if (t == NULL)
		return;
	if (t->own != NULL)
		munmap(t->own, t->size);
	if (t->view != NULL)
		munmap((void *)t->view, t->size);
	free(t);
}

int64_t
tally_held(const struct tally *t)
{
	return atomic_load(&t->view->held);
}

int64_t
tally_granted(const struct tally *t, size_t slot)
{
	return atomic_load(&t->view->slots[slot].granted);
}

int64_t
tally_step(int64_t granted)
{
	if (granted == 0)
		return TALLY_STEP;
	return granted < TALLY_STEP_MAX ? granted : TALLY_STEP_MAX;
}

static void
give(struct tally *t, struct slot *slot, int64_t octets)
{
	atomic_fetch_add(&slot->granted, octets);
	atomic_fetch_add(&t->own->held, octets);
}

void
tally_begin(struct tally *t, size_t slot)
{
	struct slot *s = &t->own->slots[slot];

	tally_end(t, slot);
	tally_progress(t, slot);
	if (t->own->firsts + TALLY_STEP > t->max / 4 ||
	    t->own->held + TALLY_STEP > t->max)
		return;
	s->first = TALLY_STEP;
	t->own->firsts += s->first;
	give(t, s, s->first);
}

void
tally_end(struct tally *t, size_t slot)
{
	struct slot *s = &t->own->slots[slot];

	t->own->firsts -= s->first;
	s->first = 0;
	tally_return(t, slot);
}

int
tally_grant(struct tally *t, size_t slot)
{
	struct slot *s = &t->own->slots[slot];
	int64_t step = tally_step(s->granted);

	if (s->granted >= t->session_max)
		return -1;
	if (t->own->held + step > t->max)
		return 0;
	give(t, s, step);
	return 1;
}

void
tally_return(struct tally *t, size_t slot)
{
	struct slot *s = &t->own->slots[slot];

	give(t, s, s->first - s->granted);
}

void
tally_progress(struct tally *t, size_t slot)
{
	t->own->slots[slot].time_ms = clock_monotonic_ms();
}

int64_t
tally_time(const struct tally *t, size_t slot)
{
	return t->view->slots[slot].time_ms;
}
