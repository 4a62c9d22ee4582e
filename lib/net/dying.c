/* SPDX-License-Identifier: ISC */
/*
 * The list of those that are about to end: as short as sessions end in half a
 * minute.
 */
#include "dying.h"

#include <signal.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/process.h"

void
dying_add(struct dying *d, pid_t pid, int64_t patience_ms)
{
	if (d->n == d->capacity) {
		d->capacity = d->capacity * 2 + 16;
		d->items = mem_array(
		    d->items, d->capacity, sizeof(*d->items));
	}
	d->items[d->n++] = (struct dying_one){
	    pid, clock_monotonic_ms() + patience_ms};
}

bool
dying_reap(struct dying *d, pid_t pid, int status)
{
	char text[64];

	for (size_t i = 0; i < d->n; i++) {
		if (d->items[i].pid != pid)
			continue;
		if (status != 0 && d->items[i].kill_ms != 0)
			log_warning("delivery ended with %s",
			    process_status_text(status, text));
		process_kill(pid, SIGKILL);
		d->items[i] = d->items[--d->n];
		return true;
	}
	return false;
}

void
dying_kill(struct dying *d, bool all)
{
	int64_t now = d->n > 0 ? clock_monotonic_ms() : 0;

	for (size_t i = 0; i < d->n; i++) {
		struct dying_one *one = &d->items[i];

		if (one->kill_ms == 0 || (!all && now < one->kill_ms))
			continue;
		one->kill_ms = 0;
		process_kill(one->pid, SIGKILL);
		log_warning("delivery did not end and was killed");
	}
}

void
dying_free(struct dying *d)
{
	free(d->items);
	*d = (struct dying){NULL, 0, 0};
}
