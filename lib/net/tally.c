/* SPDX-License-Identifier: ISC */
/*
 * Counters in a shared mapping.  Each slot is on a cache line of its own.
 */
#include "tally.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/clock.h"
#include "base/mem.h"

struct slot {
	_Alignas(64) _Atomic int64_t held;
	_Atomic int64_t time_ms;
};

struct tally {
	struct shared {
		_Atomic int64_t held; /* by all */
		struct slot slots[];
	} *shared;
	size_t size;
};

struct tally *
tally_make(size_t n, struct err *err)
{
	size_t size = sizeof(struct shared) + n * sizeof(struct slot);
	struct tally *t;
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED) {
		err_errno(err, "cannot map memory for %zu connections", n);
		return NULL;
	}
	t = mem_zalloc(sizeof(*t));
	t->shared = p;
	t->size = size;
	return t;
}

void
tally_free(struct tally *t)
{
	if (t == NULL)
		return;
	munmap(t->shared, t->size);
	free(t);
}

int
tally_hold(struct tally *t, size_t slot, int64_t octets, int64_t max)
{
	int64_t before = atomic_fetch_add(&t->shared->held, octets);

	if (octets > 0 && before + octets > max) {
		atomic_fetch_sub(&t->shared->held, octets);
		return -1;
	}
	atomic_fetch_add(&t->shared->slots[slot].held, octets);
	return 0;
}

int64_t
tally_held(const struct tally *t)
{
	return atomic_load(&t->shared->held);
}

void
tally_clear(struct tally *t, size_t slot)
{
	int64_t held = atomic_exchange(&t->shared->slots[slot].held, 0);

	atomic_fetch_sub(&t->shared->held, held);
	tally_progress(t, slot);
}

void
tally_progress(struct tally *t, size_t slot)
{
	atomic_store(
	    &t->shared->slots[slot].time_ms, clock_monotonic_ms());
}

int64_t
tally_time(const struct tally *t, size_t slot)
{
	return atomic_load(&t->shared->slots[slot].time_ms);
}
