/* SPDX-License-Identifier: ISC */
/* The index in memory: open addressing over ids, which are hashes already. */
#include "ops/blob_index.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define PACK_ENTRY_SIZE (PACK_ID_SIZE + 1 + 4 + 4)

void
blob_index_free(struct blob_index *index)
{
	free(index->packs);
	free(index->blobs);
	free(index->table);
	memset(index, 0, sizeof(*index));
}

/* Where an id is, or the empty place for it. */
static uint32_t *
slot_of(const struct blob_index *index, const unsigned char *id)
{
	size_t mask = index->table_size - 1, at;

	memcpy(&at, id, sizeof(at));
	for (at &= mask;; at = (at + 1) & mask) {
		uint32_t number = index->table[at];

		if (number == 0 || memcmp(index->blobs[number - 1].blob.id,
			id, BLOB_ID_SIZE) == 0)
			return &index->table[at];
	}
}

const struct indexed_blob *
blob_index_find(const struct blob_index *index, const unsigned char *id)
{
	uint32_t number = index->table_size == 0 ? 0 : *slot_of(index, id);

	return number == 0 ? NULL : &index->blobs[number - 1];
}

static void
grow(struct blob_index *index)
{
	size_t size = index->table_size == 0 ? 1024 : index->table_size * 2;

	free(index->table);
	index->table = mem_zalloc(size * sizeof(*index->table));
	index->table_size = size;
	for (size_t i = 0; i < index->blobs_n; i++)
		*slot_of(index, index->blobs[i].blob.id) = (uint32_t)i + 1;
	index->blobs = mem_array(index->blobs, size / 2,
	    sizeof(*index->blobs));
}

uint32_t
blob_index_add_pack(struct blob_index *index, const unsigned char *id,
    enum pack_kind kind)
{
	struct indexed_pack *pack;

	if (index->packs_n % 64 == 0)
		index->packs = mem_array(index->packs, index->packs_n + 64,
		    sizeof(*index->packs));
	pack = &index->packs[index->packs_n];
	memset(pack, 0, sizeof(*pack));
	memcpy(pack->id, id, PACK_ID_SIZE);
	pack->kind = (uint8_t)kind;
	return (uint32_t)index->packs_n++;
}

bool
blob_index_add(struct blob_index *index, const struct blob *blob,
    uint32_t pack)
{
	uint32_t *slot;

	if (index->blobs_n >= index->table_size / 2)
		grow(index);
	slot = slot_of(index, blob->id);
	if (*slot != 0)
		return false;
	index->blobs[index->blobs_n].blob = *blob;
	index->blobs[index->blobs_n].pack = pack;
	*slot = (uint32_t)++index->blobs_n;
	return true;
}

void
blob_index_format(struct buf *out, const struct indexed_pack *pack,
    const struct blob *blobs, size_t n)
{
	buf_append(out, pack->id, PACK_ID_SIZE);
	buf_append_char(out, (char)pack->kind);
	put_u32(out, pack->octets);
	put_u32(out, (uint32_t)n);
	for (size_t i = 0; i < n; i++)
		blob_put(out, &blobs[i]);
}

static bool
has_pack(const struct blob_index *index, const unsigned char *id)
{
	for (size_t i = 0; i < index->packs_n; i++)
		if (memcmp(index->packs[i].id, id, PACK_ID_SIZE) == 0)
			return true;
	return false;
}

/* One pack of the n octets at p; the octets used, or -1. */
static ssize_t
parse_pack(struct blob_index *index, const unsigned char *p, size_t n)
{
	uint32_t octets, count, number;
	struct blob blob;
	bool known;

	if (n < PACK_ENTRY_SIZE || pack_head_size(p[PACK_ID_SIZE]) == 0)
		return -1;
	octets = read_u32(p + PACK_ID_SIZE + 1);
	count = read_u32(p + PACK_ID_SIZE + 5);
	if (count > (n - PACK_ENTRY_SIZE) / BLOB_ENTRY_SIZE)
		return -1;
	known = has_pack(index, p);
	number = known ? 0 : blob_index_add_pack(index, p,
	    (enum pack_kind)p[PACK_ID_SIZE]);
	if (!known) {
		index->packs[number].octets = octets;
		index->packs[number].stored = true;
	}
	for (size_t i = 0; i < count; i++) {
		if (blob_read(&blob, p + PACK_ENTRY_SIZE + i * BLOB_ENTRY_SIZE,
			octets) < 0)
			return -1;
		if (!known)
			blob_index_add(index, &blob, number);
	}
	return (ssize_t)(PACK_ENTRY_SIZE + count * BLOB_ENTRY_SIZE);
}

int
blob_index_parse(struct blob_index *index, struct slice octets,
    const char *name, struct err *err)
{
	const unsigned char *p = (const unsigned char *)octets.p;
	size_t left = octets.n;

	while (left > 0) {
		ssize_t used = parse_pack(index, p, left);

		if (used < 0)
			return err_set(err, ERR_CONFIG, "'%s' is no index",
			    name);
		p += used;
		left -= (size_t)used;
	}
	return 0;
}
