/* SPDX-License-Identifier: ISC */
#ifndef FE_RECORD_POOL_IDS_H
#define FE_RECORD_POOL_IDS_H

#include <sodium.h>

#include "base/chains.h"
#include "record/resident.h"

/*
 * The ids of the records that a pool has in hand, found without a look at
 * each.  An item is known by its place, which stands in it; it stays the
 * pool's.
 */
struct pool_ids {
	struct chains chains;
	struct pool_item **items; /* by place, which counts from 1 */
	size_t *vacant, vacant_n; /* places below top that are free again */
	size_t top, max;
	unsigned char key[crypto_shorthash_KEYBYTES];
};

/* For max items at once. */
void pool_ids_init(struct pool_ids *ids, size_t max);
void pool_ids_free(struct pool_ids *ids);
bool pool_ids_has(const struct pool_ids *ids, struct slice id);
/* The caller knows that there are fewer than max. */
void pool_ids_add(struct pool_ids *ids, struct pool_item *item);
/* That it was not added is no error. */
void pool_ids_remove(struct pool_ids *ids, struct pool_item *item);

#endif
