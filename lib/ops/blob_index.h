/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_BLOB_INDEX_H
#define FE_OPS_BLOB_INDEX_H

#include "ops/pack.h"

/*
 * Which blob lies where: a hash table in memory, some 60 octets a blob, made
 * from the index objects of a repository and written as such.
 *
 *	index object (inside its seal) = 1*( pack )
 *	pack = id (16) | kind (1) | octets (4) | n (4) | n blobs (pack.h)
 */
struct indexed_pack {
	unsigned char id[PACK_ID_SIZE];
	uint8_t kind; /* enum pack_kind */
	uint32_t octets;
	bool stored; /* an index object at the destination has it */
};

struct indexed_blob {
	struct blob blob;
	uint32_t pack; /* number in packs */
};

struct blob_index {
	struct indexed_pack *packs;
	size_t packs_n;
	struct indexed_blob *blobs;
	size_t blobs_n;
	uint32_t *table; /* number of a blob + 1; 0: empty */
	size_t table_size;
};

void blob_index_free(struct blob_index *index);
/* NULL when it is not there.  The pointer dies with the next addition. */
const struct indexed_blob *blob_index_find(const struct blob_index *index,
    const unsigned char *id);
/* The number of the new pack. */
uint32_t blob_index_add_pack(struct blob_index *index,
    const unsigned char *id, enum pack_kind kind);
/* False where an id is there already: the first one counts. */
bool blob_index_add(struct blob_index *index, const struct blob *blob,
    uint32_t pack);

/* Appends one pack with these blobs, as above. */
void blob_index_format(struct buf *out, const struct indexed_pack *pack,
    const struct blob *blobs, size_t n);
/* Adds the packs of an index object; a pack that is there already is passed
 * over.  ERR_CONFIG. */
int blob_index_parse(struct blob_index *index, struct slice octets,
    const char *name, struct err *err);

#endif
