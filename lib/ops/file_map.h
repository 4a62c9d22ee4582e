/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_FILE_MAP_H
#define FE_OPS_FILE_MAP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "ops/pack.h"

/*
 * Which blobs a file is made of.  A map of pages also knows the trailer of
 * each page, nonce and tag, by which the next backup tells which pages have
 * changed.  It is stored in blocks of their own, so that one changed page
 * costs one block; and a block of pages may name an older one, its base, that
 * has the trailers of the pages which have not changed since:
 *
 *	block = unit (4) | pages (4) | blobs (4) | extents (4) | own (4)
 *	        | id of the base (32; where own < pages)
 *	        | blob ids (32 each) | extents
 *	        | numbers of the own pages (4 each; where there is a base)
 *	        | trailers of the own pages (32 each)
 *	extent = number of the blob (4) | first unit in it (4) | units (4)
 *
 * The unit is one octet, or the size of a page.  A base has no base.
 */
#define MAP_BLOCK_PAGES 256
#define MAP_BLOCK_EXTENTS 1024 /* of a map that has no pages */
#define MAP_OWN_MAX 64         /* of a block with a base */
#define MAP_TRAILER_SIZE 32

struct map_extent {
	uint32_t blob; /* number in blobs */
	uint32_t from, count;
};

/* A block as it was read. */
struct map_block {
	unsigned char id[BLOB_ID_SIZE], base[BLOB_ID_SIZE];
	size_t pages;
	bool changed;
};

struct file_map {
	uint32_t unit; /* 1: octets */
	unsigned char (*blobs)[BLOB_ID_SIZE];
	size_t blobs_n;
	struct map_extent *extents; /* of octets */
	size_t extents_n;
	/* Of pages: one extent of one page each, and its trailer. */
	size_t pages_n;
	struct map_extent *pages;
	unsigned char (*trailers)[MAP_TRAILER_SIZE];
	bool *own; /* the trailer is not that of the block's base */
	struct map_block *blocks;
	size_t blocks_n;
};

void file_map_init(struct file_map *map, uint32_t unit);
void file_map_free(struct file_map *map);
/* Makes it have n pages; new ones have no blob (count 0). */
void file_map_resize(struct file_map *map, size_t n);
uint32_t file_map_add_blob(struct file_map *map, const unsigned char *id);
void file_map_add_extent(struct file_map *map, struct map_extent extent);

/* The page lies there now; its trailer is the caller's to set. */
void file_map_set_page(struct file_map *map, size_t page,
    struct map_extent place);

/* Blocks, written and read one after the other. */
size_t file_map_blocks(const struct file_map *map);
/* The id of a block that is as it was read; else NULL. */
const unsigned char *file_map_kept(const struct file_map *map, size_t block);
void file_map_format(const struct file_map *map, size_t block,
    struct buf *out);
/* The id of the base that the block needs, or NULL. */
const unsigned char *file_map_base(struct slice block);
/* Appends a block.  `id' is its own; `base' is the block that file_map_base()
 * names, or empty: then the trailers that are there are zeros.  ERR_CONFIG. */
int file_map_parse(struct file_map *map, const unsigned char *id,
    struct slice block, struct slice base, struct err *err);

/* Walks the file from its start: *at begins with 0; neighbours in a blob come
 * as one extent.  False at the end. */
bool file_map_next(const struct file_map *map, size_t *at,
    struct map_extent *extent);

#endif
