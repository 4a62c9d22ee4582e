/* SPDX-License-Identifier: ISC */
#ifndef FE_NET_RATION_H
#define FE_NET_RATION_H

#include <stdint.h>

#include "net/tally.h"

/*
 * What one session may hold of the memory for messages that the sessions of a
 * parent share (tally.h), as the session itself sees it.  It asks for more
 * when a message needs it, gives back when the message has gone, and says
 * that it has taken one.
 */
struct ration {
	const struct tally *tally;
	size_t slot;
	int64_t granted, first; /* octets: now, and when it began */
	int64_t told_ms;        /* when its parent last heard of progress */
	/* To the parent: RATION_MORE, 0 where it is granted, else -1; the
	 * others have no answer. */
	int (*ask)(void *context, char command);
	void *context;
};

#define RATION_MORE 'm'     /* one step */
#define RATION_RETURN 'f'   /* back to what it began with */
#define RATION_PROGRESS 'p' /* has taken a message */

/* Of a session that has just begun; ask and context are set. */
void ration_begin(
    struct ration *r, const struct tally *tally, size_t slot);
/* Octets of the common memory that a message could still have. */
int64_t ration_room(const struct ration *r, int64_t max);
/* So much is in hand: 0, or -1 where there is no memory for it. */
int ration_hold(struct ration *r, int64_t octets);
/* Nothing is in hand any more. */
void ration_release(struct ration *r);
/* A message was taken; the parent is told, but not again and again. */
void ration_progress(struct ration *r);
/* The parent has heard of it by another way. */
void ration_told(struct ration *r);

#endif
