/* SPDX-License-Identifier: ISC */
/* A walk from the snapshots over their lists and maps to every blob. */
#include "ops/usage.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ops/file_map.h"
#include "ops/snapshot.h"

void
usage_free(struct usage *u)
{
	for (size_t i = 0; i < u->n; i++)
		free(u->blobs[i].pages);
	free(u->blobs);
	u->blobs = NULL;
	u->n = 0;
}

static int
tell(struct usage *u, struct repository *r, struct err *err)
{
	if (u->fault == NULL || repository_is_lost(r, err))
		return -1;
	u->faults++;
	u->fault(u->context, err);
	return 0;
}

/* NULL: it is in no index. */
static struct usage_blob *
mark(struct usage *u, const struct repository *r, const unsigned char *id,
    struct err *err)
{
	const struct indexed_blob *found = blob_index_find(&r->index, id);
	struct usage_blob *blob;

	if (found == NULL) {
		err_set(err, ERR_CONFIG, "a blob that a snapshot needs is in "
		    "no index");
		return NULL;
	}
	blob = &u->blobs[found - r->index.blobs];
	blob->used = true;
	return blob;
}

static void
mark_pages(struct usage_blob *blob, const struct indexed_blob *place,
    const struct file_map *map, const struct map_extent *extent)
{
	size_t n = place->blob.octets / map->unit;

	blob->unit = map->unit;
	if (blob->pages == NULL)
		blob->pages = mem_zalloc(n / 8 + 1);
	for (size_t i = extent->from; i < (size_t)extent->from + extent->count
	     && i < n; i++)
		blob->pages[i / 8] |= (unsigned char)(1 << i % 8);
}

static int
walk_map(struct usage *u, struct repository *r, const struct file_map *map,
    struct err *err)
{
	struct map_extent extent;
	size_t at = 0;

	while (file_map_next(map, &at, &extent)) {
		const unsigned char *id = map->blobs[extent.blob];
		const struct indexed_blob *place;
		struct usage_blob *blob = mark(u, r, id, err);

		if (blob == NULL) {
			if (tell(u, r, err) < 0)
				return -1;
			continue;
		}
		place = blob_index_find(&r->index, id);
		if (((uint64_t)extent.from + extent.count) * map->unit >
		    place->blob.octets) {
			err_set(err, ERR_CONFIG, "a blob is shorter than a "
			    "map says");
			if (tell(u, r, err) < 0)
				return -1;
		} else if (blob->pages != NULL && blob->unit != map->unit) {
			err_set(err, ERR_CONFIG, "two maps do not agree about "
			    "the pages of a blob");
			if (tell(u, r, err) < 0)
				return -1;
		} else if (map->unit != 1)
			mark_pages(blob, place, map, &extent);
	}
	return 0;
}

static int
walk_block(struct usage *u, struct repository *r,
    const struct file_entry *e, const unsigned char *id, struct err *err)
{
	struct buf block = BUF_INIT;
	struct usage_blob *blob = mark(u, r, id, err);
	const unsigned char *base;
	struct file_map map;
	int result = -1;

	file_map_init(&map, e->page_size != 0 ? e->page_size : 1);
	if (blob != NULL)
		blob->walked = true;
	/* Of a base only the trailers are needed, not the pages. */
	if (blob != NULL && repository_get(r, id, &block, err) == 0 &&
	    ((base = file_map_base(buf_slice(&block))) == NULL ||
		mark(u, r, base, err) != NULL) &&
	    file_map_parse(&map, id, buf_slice(&block), SLICE_NONE, err) == 0)
		result = walk_map(u, r, &map, err);
	else {
		err_prefix(err, "'%s'", e->path);
		result = tell(u, r, err);
	}
	file_map_free(&map);
	buf_free(&block);
	return result;
}

static int
walk_list(struct usage *u, struct repository *r,
    const struct file_list *list, struct err *err)
{
	for (size_t i = 0; i < list->n; i++)
		for (size_t k = 0; k < list->items[i].maps_n; k++) {
			const unsigned char *id = list->items[i].maps[k];
			const struct indexed_blob *found =
			    blob_index_find(&r->index, id);

			/* Of an earlier snapshot: walked already. */
			if (found != NULL && u->blobs[found -
				r->index.blobs].walked)
				continue;
			if (walk_block(u, r, &list->items[i], id, err) < 0)
				return -1;
		}
	return 0;
}

static int
walk_snapshot(struct usage *u, struct repository *r, const char *name,
    struct err *err)
{
	struct file_list list = {NULL, 0};
	struct snapshot s;
	int found = snapshot_read(r, name, &s, err);
	int result = 0;

	if (found > 0) {
		u->snapshots++;
		for (size_t i = 0; i < s.lists_n && result == 0; i++)
			if (mark(u, r, s.lists[i], err) == NULL)
				result = -1;
		if (result == 0)
			result = snapshot_get_list(r, &s, &list, err);
		if (result == 0) {
			result = walk_list(u, r, &list, err);
			found = 0;
		}
	}
	else if (found == 0 && u->fault == NULL)
		/* Who takes away does so alone: nobody has forgotten it. */
		found = err_set(err, ERR_SYSTEM, "snapshot '%s' has gone "
		    "meanwhile", name);
	snapshot_free(&s);
	file_list_free(&list);
	if (found != 0 && (found < 0 || result < 0))
		result = tell(u, r, err);
	return result;
}

int
usage_read(struct usage *u, struct repository *r, struct err *err)
{
	struct snapshot_names names;
	int result;

	if (snapshot_names_read(r->destination, &names, err) < 0)
		return -1;
	result = repository_read_index(r, err);
	u->n = r->index.blobs_n;
	u->blobs = mem_zalloc((u->n + 1) * sizeof(*u->blobs));
	for (size_t i = 0; i < names.n && result == 0; i++)
		result = walk_snapshot(u, r, names.items[i], err);
	snapshot_names_free(&names);
	return result;
}

bool
usage_has_page(const struct usage_blob *blob, size_t page)
{
	return blob->pages != NULL &&
	    (blob->pages[page / 8] >> page % 8 & 1) != 0;
}

int64_t
usage_live(const struct usage *u, const struct repository *r, size_t number)
{
	const struct usage_blob *use = &u->blobs[number];
	const struct blob *blob = &r->index.blobs[number].blob;
	int64_t live = 0;

	if (!use->used)
		return 0;
	if (use->unit == 0 || (blob->kind & BLOB_IS_THINNED) != 0)
		return blob->stored;
	for (size_t i = 0; i < blob->octets / use->unit; i++)
		live += usage_has_page(use, i) ? use->unit : 0;
	return live;
}
