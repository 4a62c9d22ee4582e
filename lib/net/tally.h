/* SPDX-License-Identifier: ISC */
#ifndef FE_NET_TALLY_H
#define FE_NET_TALLY_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * What the parent that accepts knows of its sessions: how many octets of
 * messages each may hold, all of them together no more than max, and when
 * each has last taken a message.  The parent alone writes it.  A session
 * sees it and can change nothing of it, by no means that it has left: what
 * it wants it asks its parent for (ration.h), who gives no session more than
 * its largest message needs.
 */
struct tally;

#define TALLY_STEP ((int64_t)128 << 10)   /* the first that is asked for */
#define TALLY_STEP_MAX ((int64_t)1 << 20) /* as much again, up to this */

/* n slots, all clear.  Made before the sessions are forked; max is for all of
 * them, size_max for the message of one. */
struct tally *tally_make(
    size_t n, int64_t max, int64_t size_max, struct err *err);
void tally_free(struct tally *t); /* accepts NULL */

/* Both sides.  Octets granted to all; to this slot. */
int64_t tally_held(const struct tally *t);
int64_t tally_granted(const struct tally *t, size_t slot);
/* What one who has this much is granted next. */
int64_t tally_step(int64_t granted);

/* The parent's side.
 *
 * A session begins: its time is now, and it has a first step, so that it need
 * not ask for a message of the common size, unless those take a quarter of
 * all there is. */
void tally_begin(struct tally *t, size_t slot);
/* It has ended, by whatever means: gives back all that it had. */
void tally_end(struct tally *t, size_t slot);
/* One step more: 1, or 0 where all would then have over max.  -1: it has
 * what the largest message needs already, and lies. */
int tally_grant(struct tally *t, size_t slot);
/* Back to what it began with. */
void tally_return(struct tally *t, size_t slot);
/* It has taken a message: its time is now. */
void tally_progress(struct tally *t, size_t slot);
/* That time (clock_monotonic_ms). */
int64_t tally_time(const struct tally *t, size_t slot);

#endif
