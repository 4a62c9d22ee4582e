/* SPDX-License-Identifier: ISC */
/* Maps of files, in memory and in their blocks. */
#include "ops/file_map.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define HEAD_SIZE 20
#define NUMBER_SIZE 4
#define EXTENT_SIZE 12

void
file_map_init(struct file_map *map, uint32_t unit)
{
	memset(map, 0, sizeof(*map));
	map->unit = unit;
}

void
file_map_free(struct file_map *map)
{
	free(map->blobs);
	free(map->extents);
	free(map->pages);
	free(map->trailers);
	free(map->own);
	free(map->blocks);
	memset(map, 0, sizeof(*map));
}

void
file_map_resize(struct file_map *map, size_t n)
{
	if (n > map->pages_n) {
		map->pages = mem_array(map->pages, n, sizeof(*map->pages));
		map->trailers = mem_array(map->trailers, n,
		    sizeof(*map->trailers));
		map->own = mem_array(map->own, n, sizeof(*map->own));
		memset(map->own + map->pages_n, true, n - map->pages_n);
		memset(map->pages + map->pages_n, 0,
		    (n - map->pages_n) * sizeof(*map->pages));
		memset(map->trailers + map->pages_n, 0,
		    (n - map->pages_n) * sizeof(*map->trailers));
	}
	map->pages_n = n;
}

void
file_map_set_page(struct file_map *map, size_t page, struct map_extent place)
{
	size_t block = page / MAP_BLOCK_PAGES;

	map->pages[page] = place;
	map->own[page] = true;
	if (block < map->blocks_n)
		map->blocks[block].changed = true;
}

uint32_t
file_map_add_blob(struct file_map *map, const unsigned char *id)
{
	if (map->blobs_n % 64 == 0)
		map->blobs = mem_array(map->blobs, map->blobs_n + 64,
		    sizeof(*map->blobs));
	memcpy(map->blobs[map->blobs_n], id, BLOB_ID_SIZE);
	return (uint32_t)map->blobs_n++;
}

void
file_map_add_extent(struct file_map *map, struct map_extent extent)
{
	if (map->extents_n % 64 == 0)
		map->extents = mem_array(map->extents, map->extents_n + 64,
		    sizeof(*map->extents));
	map->extents[map->extents_n++] = extent;
}

static bool
follows(const struct map_extent *a, const struct map_extent *b)
{
	return a->blob == b->blob && a->from + a->count == b->from;
}

bool
file_map_next(const struct file_map *map, size_t *at,
    struct map_extent *extent)
{
	if (map->unit == 1) {
		if (*at >= map->extents_n)
			return false;
		*extent = map->extents[(*at)++];
		return true;
	}
	if (*at >= map->pages_n)
		return false;
	*extent = map->pages[(*at)++];
	while (*at < map->pages_n && follows(extent, &map->pages[*at])) {
		extent->count += map->pages[*at].count;
		++*at;
	}
	return true;
}

size_t
file_map_blocks(const struct file_map *map)
{
	if (map->unit == 1)
		return (map->extents_n + MAP_BLOCK_EXTENTS - 1) /
		    MAP_BLOCK_EXTENTS;
	return (map->pages_n + MAP_BLOCK_PAGES - 1) / MAP_BLOCK_PAGES;
}

/* How many pages the block has. */
static size_t
pages_of(const struct file_map *map, size_t block)
{
	size_t left = map->pages_n - block * MAP_BLOCK_PAGES;

	return left < MAP_BLOCK_PAGES ? left : MAP_BLOCK_PAGES;
}

const unsigned char *
file_map_kept(const struct file_map *map, size_t block)
{
	if (block >= map->blocks_n || map->blocks[block].changed ||
	    map->blocks[block].pages != pages_of(map, block))
		return NULL;
	return map->blocks[block].id;
}

/* The number that a blob has within the block. */
static uint32_t
number_in_block(uint32_t *numbers, size_t *n, uint32_t blob)
{
	for (size_t i = *n; i-- > 0;)
		if (numbers[i] == blob)
			return (uint32_t)i;
	numbers[*n] = blob;
	return (uint32_t)(*n)++;
}

/* How many trailers the block is to have itself: all, or those that its base
 * has not. */
static size_t
count_own(const struct file_map *map, size_t block)
{
	size_t n = pages_of(map, block), own = 0;
	const bool *pages = map->own + block * MAP_BLOCK_PAGES;

	for (size_t i = 0; i < n; i++)
		own += pages[i];
	return block < map->blocks_n && own <= MAP_OWN_MAX ? own : n;
}

static void
format_trailers(const struct file_map *map, size_t block, bool based,
    struct buf *out)
{
	size_t first = block * MAP_BLOCK_PAGES, n = pages_of(map, block);

	for (size_t i = 0; based && i < n; i++)
		if (map->own[first + i])
			put_u32(out, (uint32_t)i);
	for (size_t i = 0; i < n; i++)
		if (!based || map->own[first + i])
			buf_append(out, map->trailers[first + i],
			    MAP_TRAILER_SIZE);
}

void
file_map_format(const struct file_map *map, size_t block, struct buf *out)
{
	bool octets = map->unit == 1;
	size_t step = octets ? MAP_BLOCK_EXTENTS : MAP_BLOCK_PAGES;
	size_t end = (block + 1) * step, all = octets ? map->extents_n
						      : map->pages_n;
	struct file_map part = *map;
	uint32_t numbers[MAP_BLOCK_EXTENTS];
	size_t at = block * step, first = at, blobs = 0, count = 0;
	size_t own = octets ? 0 : count_own(map, block);
	struct buf extents = BUF_INIT;
	struct map_extent extent;
	bool based;

	if (end > all)
		end = all;
	part.extents_n = part.pages_n = end;
	while (file_map_next(&part, &at, &extent)) {
		put_u32(&extents, number_in_block(numbers, &blobs,
		    extent.blob));
		put_u32(&extents, extent.from);
		put_u32(&extents, extent.count);
		count++;
	}
	based = !octets && own < end - first;
	put_u32(out, map->unit);
	put_u32(out, octets ? 0 : (uint32_t)(end - first));
	put_u32(out, (uint32_t)blobs);
	put_u32(out, (uint32_t)count);
	put_u32(out, (uint32_t)own);
	if (based)
		buf_append(out, map->blocks[block].base, BLOB_ID_SIZE);
	for (size_t i = 0; i < blobs; i++)
		buf_append(out, map->blobs[numbers[i]], BLOB_ID_SIZE);
	buf_append_slice(out, buf_slice(&extents));
	if (!octets)
		format_trailers(map, block, based, out);
	buf_free(&extents);
}

/* ---- reading ---- */

/* The parts of a block, whose sizes are right. */
struct parts {
	size_t pages, blobs, extents, own;
	const unsigned char *base; /* or NULL */
	const unsigned char *blob_ids, *extent, *numbers, *trailers;
};

static int
split(struct slice block, struct parts *p)
{
	const unsigned char *at = (const unsigned char *)block.p;
	bool based;

	if (block.n < HEAD_SIZE)
		return -1;
	p->pages = read_u32(at + 4);
	p->blobs = read_u32(at + 8);
	p->extents = read_u32(at + 12);
	p->own = read_u32(at + 16);
	based = p->own < p->pages;
	if (p->pages > MAP_BLOCK_PAGES || p->blobs > MAP_BLOCK_EXTENTS ||
	    p->extents > MAP_BLOCK_EXTENTS || p->own > p->pages ||
	    block.n != HEAD_SIZE + (based ? BLOB_ID_SIZE : 0) +
	    p->blobs * BLOB_ID_SIZE + p->extents * EXTENT_SIZE +
	    p->own * ((based ? NUMBER_SIZE : 0) + MAP_TRAILER_SIZE))
		return -1;
	at += HEAD_SIZE;
	p->base = based ? at : NULL;
	p->blob_ids = at + (based ? BLOB_ID_SIZE : 0);
	p->extent = p->blob_ids + p->blobs * BLOB_ID_SIZE;
	p->numbers = p->extent + p->extents * EXTENT_SIZE;
	p->trailers = p->numbers + (based ? p->own * NUMBER_SIZE : 0);
	return 0;
}

const unsigned char *
file_map_base(struct slice block)
{
	struct parts p;

	return split(block, &p) < 0 ? NULL : p.base;
}

/* Spreads an extent over single pages; -1: more than the block has. */
static int
place_pages(struct file_map *map, size_t *page, const struct map_extent *e)
{
	if (e->count > map->pages_n - *page ||
	    e->from > UINT32_MAX - e->count)
		return -1;
	for (uint32_t i = 0; i < e->count; i++)
		map->pages[(*page)++] =
		    (struct map_extent){e->blob, e->from + i, 1};
	return 0;
}

static int
parse_extents(struct file_map *map, const unsigned char *p, size_t n,
    size_t blobs, size_t first_blob, size_t page)
{
	for (size_t i = 0; i < n; i++, p += EXTENT_SIZE) {
		struct map_extent e = {read_u32(p), read_u32(p + 4),
		    read_u32(p + 8)};

		if (e.blob >= blobs || e.count == 0 ||
		    e.count > BLOB_MAX / map->unit)
			return -1;
		e.blob += (uint32_t)first_blob;
		if (map->unit == 1)
			file_map_add_extent(map, e);
		else if (place_pages(map, &page, &e) < 0)
			return -1;
	}
	return map->unit == 1 || page == map->pages_n ? 0 : -1;
}

/* The trailers of pages from `first' on: those of the base, then the own. */
static int
parse_trailers(struct file_map *map, const struct parts *p, size_t first,
    struct slice base)
{
	struct parts old;

	if (p->base == NULL) {
		memcpy(map->trailers[first], p->trailers,
		    p->own * MAP_TRAILER_SIZE);
		memset(map->own + first, false, p->own);
		return 0;
	}
	if (base.n > 0) {
		if (split(base, &old) < 0 || old.base != NULL ||
		    read_u32((const unsigned char *)base.p) != map->unit)
			return -1;
		if (old.pages > p->pages)
			old.pages = p->pages;
		memcpy(map->trailers[first], old.trailers,
		    old.pages * MAP_TRAILER_SIZE);
		memset(map->own + first, false, old.pages);
	}
	for (size_t i = 0; i < p->own; i++) {
		size_t page = read_u32(p->numbers + i * NUMBER_SIZE);

		if (page >= p->pages)
			return -1;
		memcpy(map->trailers[first + page], p->trailers +
		    i * MAP_TRAILER_SIZE, MAP_TRAILER_SIZE);
		map->own[first + page] = true;
	}
	return 0;
}

/* What the next backup wants to know of it. */
static void
note_block(struct file_map *map, const unsigned char *id,
    const struct parts *p)
{
	struct map_block *block;

	map->blocks = mem_array(map->blocks, map->blocks_n + 1,
	    sizeof(*map->blocks));
	block = &map->blocks[map->blocks_n++];
	memcpy(block->id, id, BLOB_ID_SIZE);
	memcpy(block->base, p->base != NULL ? p->base : id, BLOB_ID_SIZE);
	block->pages = p->pages;
	block->changed = false;
}

static int
parse(struct file_map *map, const unsigned char *id, struct slice block,
    struct slice base)
{
	struct parts p;
	size_t first_blob = map->blobs_n, first_page = map->pages_n;

	if (split(block, &p) < 0 || read_u32((const unsigned char *)block.p) !=
		map->unit || (map->unit == 1) != (p.pages == 0))
		return -1;
	/* Blocks before the last one are full. */
	if (first_page % MAP_BLOCK_PAGES != 0)
		return -1;
	for (size_t i = 0; i < p.blobs; i++)
		file_map_add_blob(map, p.blob_ids + i * BLOB_ID_SIZE);
	if (p.pages > 0) {
		file_map_resize(map, first_page + p.pages);
		if (parse_trailers(map, &p, first_page, base) < 0)
			return -1;
		note_block(map, id, &p);
	}
	return parse_extents(map, p.extent, p.extents, p.blobs, first_blob,
	    first_page);
}

int
file_map_parse(struct file_map *map, const unsigned char *id,
    struct slice block, struct slice base, struct err *err)
{
	if (parse(map, id, block, base) < 0)
		return err_set(err, ERR_CONFIG, "the map of a file is damaged");
	return 0;
}
