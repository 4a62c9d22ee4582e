/* SPDX-License-Identifier: ISC */
/*
 * What a repository holds: the first octet chooses the parser, the rest is
 * its input.  Seals are opened with a fixed key, and what is within them is
 * given to the parsers as if they had opened.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "ops/blob_index.h"
#include "ops/destination_reply.h"
#include "ops/file_entry.h"
#include "ops/file_map.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
try_pack(struct slice input)
{
	static struct repository_keys *keys;
	unsigned char key[KEY_SIZE] = {1}, id[PACK_ID_SIZE] = {0};
	struct blob *blobs;
	size_t n;

	if (keys == NULL)
		keys = repository_keys_derive(key, false);
	secret_free(pack_open_key(input, id, keys, NULL));
	if (pack_read_table(key, input, &blobs, &n, NULL) == 0)
		free(blobs);
}

static void
try_index(struct slice input)
{
	struct blob_index index = {.packs = NULL};

	if (blob_index_parse(&index, input, "index", NULL) == 0)
		for (size_t i = 0; i < index.blobs_n; i++)
			if (blob_index_find(&index,
				index.blobs[i].blob.id) == NULL)
				abort();
	blob_index_free(&index);
}

/* What is written from blocks that were read is read again, the same. */
static void
check_format(const struct file_map *map, const unsigned char *id,
    struct slice base)
{
	struct buf once = BUF_INIT, twice = BUF_INIT;
	struct file_map back;

	file_map_init(&back, map->unit);
	file_map_format(map, 0, &once);
	if (file_map_parse(&back, id, buf_slice(&once), base, NULL) < 0)
		abort();
	file_map_format(&back, 0, &twice);
	if (!slice_equal(buf_slice(&once), buf_slice(&twice)))
		abort();
	file_map_free(&back);
	buf_free(&once);
	buf_free(&twice);
}

/* The last two octets say where a base ends and the block begins. */
static void
try_map(struct slice input)
{
	static const uint32_t units[] = {1, 512, 4096, 65536};
	static const unsigned char id[BLOB_ID_SIZE] = {1};
	struct slice block = input, base = SLICE_NONE;
	size_t cut = 0;

	if (input.n > 2) {
		cut = (unsigned char)input.p[input.n - 1] * 256U +
		    (unsigned char)input.p[input.n - 2];
		block = slice_part(input, 0, input.n - 2);
	}
	if (cut > 0 && cut < block.n) {
		base = slice_part(block, 0, cut);
		block = slice_part(block, cut, block.n);
	}
	for (size_t i = 0; i < 4; i++) {
		struct file_map map;
		struct map_extent extent;
		size_t at = 0;

		file_map_init(&map, units[i]);
		if (file_map_parse(&map, id, block, base, NULL) == 0) {
			while (file_map_next(&map, &at, &extent))
				if (extent.blob >= map.blobs_n)
					abort();
			if (file_map_blocks(&map) > 0)
				check_format(&map, id, file_map_base(block) !=
				    NULL ? base : block);
		}
		file_map_free(&map);
	}
}

/* What is written from a line that was read is read again, the same. */
static void
try_list(struct slice input)
{
	struct file_list list = {NULL, 0};
	struct buf once = BUF_INIT, twice = BUF_INIT;
	struct file_entry e;

	(void)file_list_parse(&list, input, NULL);
	for (size_t i = 0; i < list.n; i++) {
		buf_truncate(&once, 0);
		buf_truncate(&twice, 0);
		file_entry_format(&list.items[i], &once);
		if (file_entry_parse(&e, slice_trim(buf_slice(&once)), NULL) <
			0)
			abort();
		file_entry_format(&e, &twice);
		if (!slice_equal(buf_slice(&once), buf_slice(&twice)))
			abort();
		file_entry_free(&e);
	}
	file_list_free(&list);
	buf_free(&once);
	buf_free(&twice);
}

static void
try_object(struct slice input)
{
	unsigned char key[KEY_SIZE] = {1};
	struct buf out = BUF_INIT;

	(void)seal_object_open(&out, input, "snapshots/x", key, NULL);
	buf_free(&out);
}

static void
try_replies(struct slice input)
{
	struct destination_list list = {NULL, 0};
	struct buf token = BUF_INIT;

	(void)destination_parse_s3_list(input, "prefix/", &list, &token, NULL);
	destination_list_free(&list);
	buf_free(&token);
	(void)destination_parse_sftp_names(input, "packs", &list, NULL, NULL);
	destination_list_free(&list);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const parsers[])(struct slice) = {try_pack, try_index,
	    try_map, try_list, try_object, try_replies};
	struct slice input;

	if (size == 0)
		return 0;
	input = slice_of(data + 1, size - 1);
	parsers[data[0] % (sizeof(parsers) / sizeof(*parsers))](input);
	return 0;
}
