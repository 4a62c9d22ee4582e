/* SPDX-License-Identifier: ISC */
/* Maps of files in a repository. */
#include "ops/stored_map.h"

#include <string.h>

#include "base/mem.h"

int
stored_map_read(struct repository *r, const struct file_entry *e,
    struct file_map *map, struct err *err)
{
	struct buf block = BUF_INIT, base = BUF_INIT;
	int result = 0;

	file_map_init(map, e->page_size != 0 ? e->page_size : 1);
	for (size_t i = 0; i < e->maps_n && result == 0; i++) {
		const unsigned char *named = NULL;

		buf_truncate(&base, 0);
		result = repository_get(r, e->maps[i], &block, err);
		if (result == 0)
			named = file_map_base(buf_slice(&block));
		if (named != NULL)
			result = repository_get(r, named, &base, err);
		if (result == 0)
			result = file_map_parse(map, e->maps[i],
			    buf_slice(&block), buf_slice(&base), err);
	}
	buf_free(&block);
	buf_free(&base);
	return result;
}

int
stored_map_write(struct repository *r, const struct file_map *map,
    struct file_entry *e, struct err *err)
{
	struct buf block = BUF_INIT;
	int result = 0;

	e->maps_n = file_map_blocks(map);
	e->maps = mem_alloc((e->maps_n + 1) * sizeof(*e->maps));
	for (size_t i = 0; i < e->maps_n && result == 0; i++) {
		const unsigned char *kept = file_map_kept(map, i);

		if (kept != NULL) {
			memcpy(e->maps[i], kept, BLOB_ID_SIZE);
			continue;
		}
		buf_truncate(&block, 0);
		file_map_format(map, i, &block);
		repository_blob_id(r, BLOB_MAP, SLICE_NONE, buf_slice(&block),
		    e->maps[i]);
		result = repository_put(r, e->maps[i], BLOB_MAP,
		    buf_slice(&block), err);
	}
	buf_free(&block);
	return result;
}
