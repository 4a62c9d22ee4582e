/* SPDX-License-Identifier: ISC */
#ifndef FE_NET_TALLY_H
#define FE_NET_TALLY_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * What the sessions of one accepting parent know of each other, in memory
 * that all of them share: how many octets of messages they hold together, and
 * when each has last taken a message.  A session has a slot; when it ends the
 * parent clears the slot, so that what a killed one held is free again.  A
 * session in a stranger's hands can lie here, and have others refused for
 * want of memory, but nothing more.
 */
struct tally;

/* n slots, all clear.  Made before the sessions are forked. */
struct tally *tally_make(size_t n, struct err *err);
void tally_free(struct tally *t); /* accepts NULL */
/* Gives back what the slot held; its time is now. */
void tally_clear(struct tally *t, size_t slot);
/* Adds octets to what the slot holds, unless all would then hold over max:
 * -1.  A negative number gives back. */
int tally_hold(struct tally *t, size_t slot, int64_t octets, int64_t max);
/* Octets held by all. */
int64_t tally_held(const struct tally *t);
/* The slot has taken a message, or has begun: its time is now. */
void tally_progress(struct tally *t, size_t slot);
/* That time (clock_monotonic_ms). */
int64_t tally_time(const struct tally *t, size_t slot);

#endif
