/* SPDX-License-Identifier: ISC */
/*
 * A session's part of the memory that all share.  It keeps the same account
 * as its parent, by the same rule, so that a word of one octet is enough.
 */
#include "ration.h"

#include "base/clock.h"

#define TELL_MS 1000 /* those who sit idle are looked for once a second */

void
ration_begin(struct ration *r, const struct tally *tally, size_t slot)
{
	r->tally = tally;
	r->slot = slot;
	r->granted = r->first = tally_granted(tally, slot);
	r->told_ms = clock_monotonic_ms();
}

int64_t
ration_room(const struct ration *r, int64_t max)
{
	return max - tally_held(r->tally) + r->granted;
}

int
ration_hold(struct ration *r, int64_t octets)
{
	while (r->granted < octets) {
		if (r->ask(r->context, RATION_MORE) < 0)
			return -1;
		r->granted += tally_step(r->granted);
	}
	return 0;
}

void
ration_release(struct ration *r)
{
	if (r->granted > r->first)
		r->ask(r->context, RATION_RETURN);
	r->granted = r->first;
}

void
ration_told(struct ration *r)
{
	r->told_ms = clock_monotonic_ms();
}

void
ration_progress(struct ration *r)
{
	if (clock_monotonic_ms() - r->told_ms < TELL_MS)
		return;
	ration_told(r);
	r->ask(r->context, RATION_PROGRESS);
}
