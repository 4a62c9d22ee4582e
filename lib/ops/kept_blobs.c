/* SPDX-License-Identifier: ISC */
/* Blobs in memory: the one that was not used for longest goes first. */
#include "ops/kept_blobs.h"

#include <string.h>

#include "base/direct_file.h"

#define STEP ((size_t)64 << 10)

void
kept_blobs_init(struct kept_blobs *k)
{
	memset(k, 0, sizeof(*k));
	for (size_t i = 0; i < KEPT_BLOBS; i++)
		k->items[i].octets = (struct buf)BUF_INIT;
}

void
kept_blobs_free(struct kept_blobs *k)
{
	for (size_t i = 0; i < KEPT_BLOBS; i++)
		buf_free(&k->items[i].octets);
	kept_blobs_init(k);
}

static size_t
room_of_all(const struct kept_blobs *k)
{
	size_t n = 0;

	for (size_t i = 0; i < KEPT_BLOBS; i++)
		n += k->items[i].octets.capacity;
	return n;
}

/* The one that was not used for longest, and has memory if it must. */
static struct kept_blob *
oldest(struct kept_blobs *k, bool with_room)
{
	struct kept_blob *found = NULL;

	for (size_t i = 0; i < KEPT_BLOBS; i++) {
		struct kept_blob *b = &k->items[i];

		if (with_room && b->octets.capacity == 0)
			continue;
		if (found == NULL || b->used < found->used)
			found = b;
	}
	return found;
}

/* A place of that size: where there is room still a new one, else that of the
 * oldest, and more of them if it is too small. */
static struct kept_blob *
make_place(struct kept_blobs *k, size_t n)
{
	size_t room = room_of_all(k);
	struct kept_blob *place;

	n = (n + STEP - 1) / STEP * STEP;
	place = oldest(k, room + n > KEPT_BLOBS_SIZE);
	if (place == NULL)
		place = oldest(k, false);
	place->full = false;
	if (place->octets.capacity >= n)
		return place;
	room -= place->octets.capacity;
	buf_free(&place->octets);
	place->used = ++k->clock;
	while (room > 0 && room + n > KEPT_BLOBS_SIZE) {
		struct kept_blob *other = oldest(k, true);

		room -= other->octets.capacity;
		buf_free(&other->octets);
		other->full = false;
	}
	place->octets = (struct buf){direct_alloc(n), 0, n, BUF_MAX};
	return place;
}

const struct buf *
kept_blobs_get(struct kept_blobs *k, struct repository *r,
    const unsigned char *id, struct err *err)
{
	const struct indexed_blob *found;
	struct kept_blob *place = NULL;

	for (size_t i = 0; i < KEPT_BLOBS && place == NULL; i++)
		if (k->items[i].full && memcmp(k->items[i].id, id,
			BLOB_ID_SIZE) == 0)
			place = &k->items[i];
	if (place == NULL) {
		found = blob_index_find(&r->index, id);
		place = make_place(k, found == NULL ? 0 :
		    (size_t)found->blob.octets + found->blob.stored / 4096 +
		    4096);
		if (repository_get(r, id, &place->octets, err) < 0)
			return NULL;
		memcpy(place->id, id, BLOB_ID_SIZE);
		place->full = true;
	}
	place->used = ++k->clock;
	return &place->octets;
}
