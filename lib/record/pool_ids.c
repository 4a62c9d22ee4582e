/* SPDX-License-Identifier: ISC */
/*
 * A hash over the ids in hand, keyed: whoever makes records makes their ids.
 */
#include "record/pool_ids.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void
pool_ids_init(struct pool_ids *ids, size_t max)
{
	*ids = (struct pool_ids){.max = max};
	chains_init(&ids->chains, max);
	ids->items = mem_zalloc(max * sizeof(struct pool_item *));
	ids->vacant = mem_zalloc(max * sizeof(*ids->vacant));
	crypto_shorthash_keygen(ids->key);
}

void
pool_ids_free(struct pool_ids *ids)
{
	chains_free(&ids->chains);
	free(ids->items);
	free(ids->vacant);
	*ids = (struct pool_ids){.max = 0};
}

static uint64_t
hash_of(const struct pool_ids *ids, struct slice id)
{
	unsigned char hash[crypto_shorthash_BYTES];
	uint64_t number;

	crypto_shorthash(hash, (const unsigned char *)id.p, id.n, ids->key);
	memcpy(&number, hash, sizeof(number));
	return number;
}

static struct slice
id_of(const struct pool_item *item)
{
	return meta_id(&item->record->meta);
}

bool
pool_ids_has(const struct pool_ids *ids, struct slice id)
{
	const struct chains *chains = &ids->chains;

	for (ptrdiff_t i = chains_first(chains, hash_of(ids, id)); i >= 0;
	     i = chains_next(chains, i))
		if (slice_equal(id_of(ids->items[i]), id))
			return true;
	return false;
}

void
pool_ids_add(struct pool_ids *ids, struct pool_item *item)
{
	size_t place = ids->vacant_n > 0 ? ids->vacant[--ids->vacant_n]
					 : ids->top++;

	ids->items[place] = item;
	item->place = place + 1;
	chains_add(&ids->chains, hash_of(ids, id_of(item)), place);
}

void
pool_ids_remove(struct pool_ids *ids, struct pool_item *item)
{
	size_t place = item->place - 1;

	if (item->place == 0)
		return;
	chains_remove(&ids->chains, hash_of(ids, id_of(item)), place);
	ids->items[place] = NULL;
	ids->vacant[ids->vacant_n++] = place;
	item->place = 0;
}
