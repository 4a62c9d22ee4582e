/* SPDX-License-Identifier: ISC */
#ifndef FE_STORE_JOURNAL_WALK_H
#define FE_STORE_JOURNAL_WALK_H

#include "store/segment.h"

/*
 * All orders of all segments, by segment and sequence.  Nothing is changed,
 * no key is needed.
 */
struct journal_item {
	const struct segment *segment;
	bool is_live; /* its writer runs */
	const struct journal_head *head;
	size_t index;    /* of the order */
	uint64_t offset; /* of the entry */
};
/* Below 0 ends the walk. */
typedef int journal_each(void *context, const struct journal_item *item,
    struct err *err);
int journal_walk(journal_each *each, void *context, struct err *err);

#endif
