/* SPDX-License-Identifier: ISC */
/* Maps of files, chunks, and which snapshots stay. */
#include "ops/file_map.h"

#include <stdlib.h>

#include "base/clock.h"
#include "ops/chunker.h"
#include "ops/file_entry.h"
#include "ops/retention.h"
#include "unit.h"

static void
make_page_map(struct file_map *map, size_t n)
{
	unsigned char id[BLOB_ID_SIZE] = {1};
	uint32_t first, second;

	file_map_init(map, 4096);
	first = file_map_add_blob(map, id);
	id[0] = 2;
	second = file_map_add_blob(map, id);
	file_map_resize(map, n);
	for (size_t i = 0; i < n; i++) {
		bool changed = i == 3 || i == 300;

		map->pages[i] = (struct map_extent){changed ? second : first,
		    changed ? (i == 300) : (uint32_t)i, 1};
		memset(map->trailers[i], (int)(i % 251), MAP_TRAILER_SIZE);
	}
}

static const unsigned char block_id[2][BLOB_ID_SIZE] = {{11}, {12}};

/* As it is read by a backup: each block with its own id. */
static void
read_block(struct file_map *map, size_t n, const struct buf *block,
    struct slice base)
{
	EXPECT(file_map_parse(map, block_id[n], buf_slice(block), base,
	    NULL) == 0);
}

static void
change_page(struct file_map *map, size_t page)
{
	unsigned char id[BLOB_ID_SIZE] = {3};

	file_map_set_page(map, page, (struct map_extent){
	    file_map_add_blob(map, id), 7, 1});
	memset(map->trailers[page], 0xee, MAP_TRAILER_SIZE);
}

static void
a_changed_page_costs_no_whole_block(void)
{
	struct file_map map, again, back;
	struct buf full[2] = {BUF_INIT, BUF_INIT}, small = BUF_INIT,
	    smaller = BUF_INIT;

	make_page_map(&map, 400);
	file_map_init(&again, 4096);
	for (size_t i = 0; i < 2; i++) {
		file_map_format(&map, i, &full[i]);
		EXPECT(file_map_base(buf_slice(&full[i])) == NULL);
		read_block(&again, i, &full[i], SLICE_NONE);
	}
	/* what nobody touched keeps its id */
	EXPECT(file_map_kept(&again, 0) != NULL);
	change_page(&again, 300);
	file_map_resize(&again, 401);
	change_page(&again, 400);
	EXPECT(file_map_kept(&again, 0) != NULL &&
	    memcmp(file_map_kept(&again, 0), block_id[0], BLOB_ID_SIZE) == 0);
	EXPECT(file_map_kept(&again, 1) == NULL);
	file_map_format(&again, 1, &small);
	EXPECT(small.n < 400);
	EXPECT(memcmp(file_map_base(buf_slice(&small)), block_id[1],
	    BLOB_ID_SIZE) == 0);

	/* with its base it is the same map; the next change has that base */
	file_map_init(&back, 4096);
	read_block(&back, 0, &full[0], SLICE_NONE);
	read_block(&back, 1, &small, buf_slice(&full[1]));
	EXPECT_NUMBER("pages", 401, back.pages_n);
	EXPECT(memcmp(back.trailers, again.trailers,
	    401 * MAP_TRAILER_SIZE) == 0);
	for (size_t i = 0; i < 401; i++)
		EXPECT(memcmp(back.blobs[back.pages[i].blob],
		    again.blobs[again.pages[i].blob], BLOB_ID_SIZE) == 0 &&
		    back.pages[i].from == again.pages[i].from);
	EXPECT(file_map_kept(&back, 1) != NULL);
	change_page(&back, 310);
	file_map_format(&back, 1, &smaller);
	EXPECT(memcmp(file_map_base(buf_slice(&smaller)), block_id[1],
	    BLOB_ID_SIZE) == 0);
	EXPECT(smaller.n > small.n);
	/* a base that has a base is refused */
	file_map_free(&back);
	file_map_init(&back, 4096);
	read_block(&back, 0, &full[0], SLICE_NONE);
	EXPECT(file_map_parse(&back, block_id[1], buf_slice(&smaller),
	    buf_slice(&small), NULL) < 0);

	file_map_free(&map);
	file_map_free(&again);
	file_map_free(&back);
	buf_free(&full[0]);
	buf_free(&full[1]);
	buf_free(&small);
	buf_free(&smaller);
}

static void
a_block_with_many_changes_stands_alone(void)
{
	struct file_map map, back;
	struct buf full = BUF_INIT, block = BUF_INIT;

	make_page_map(&map, 256);
	file_map_format(&map, 0, &full);
	for (size_t n = MAP_OWN_MAX; n <= MAP_OWN_MAX + 1; n++) {
		file_map_init(&back, 4096);
		read_block(&back, 0, &full, SLICE_NONE);
		for (size_t i = 0; i < n; i++)
			change_page(&back, i * 3);
		buf_truncate(&block, 0);
		file_map_format(&back, 0, &block);
		EXPECT((file_map_base(buf_slice(&block)) == NULL) ==
		    (n > MAP_OWN_MAX));
		file_map_free(&back);
	}
	/* a file that became shorter needs fewer pages of the base */
	file_map_init(&back, 4096);
	read_block(&back, 0, &full, SLICE_NONE);
	file_map_resize(&back, 100);
	EXPECT(file_map_kept(&back, 0) == NULL);
	buf_truncate(&block, 0);
	file_map_format(&back, 0, &block);
	file_map_free(&back);
	file_map_init(&back, 4096);
	read_block(&back, 0, &block, buf_slice(&full));
	EXPECT_NUMBER("pages", 100, back.pages_n);
	EXPECT(memcmp(back.trailers, map.trailers,
	    100 * MAP_TRAILER_SIZE) == 0);
	file_map_free(&back);
	file_map_free(&map);
	buf_free(&full);
	buf_free(&block);
}

static void
a_page_map_comes_back_from_its_blocks(void)
{
	struct file_map map, back;
	struct buf block = BUF_INIT;
	struct map_extent extent;
	size_t at = 0, extents = 0, pages = 0;

	make_page_map(&map, 400);
	EXPECT_NUMBER("blocks", 2, file_map_blocks(&map));
	file_map_init(&back, 4096);
	for (size_t i = 0; i < 2; i++) {
		buf_truncate(&block, 0);
		file_map_format(&map, i, &block);
		EXPECT(file_map_parse(&back, block_id[i], buf_slice(&block),
		    SLICE_NONE, NULL) == 0);
	}
	EXPECT_NUMBER("pages", 400, back.pages_n);
	EXPECT(memcmp(back.trailers, map.trailers,
	    400 * MAP_TRAILER_SIZE) == 0);
	while (file_map_next(&back, &at, &extent)) {
		EXPECT(back.blobs[extent.blob][0] ==
		    (pages == 3 || pages == 300 ? 2 : 1));
		pages += extent.count;
		extents++;
	}
	EXPECT_NUMBER("pages in extents", 400, pages);
	/* 0-2, 3, 4-255 | 256-299, 300, 301-399 */
	EXPECT_NUMBER("extents", 6, extents);
	file_map_free(&map);
	file_map_free(&back);
	buf_free(&block);
}

/* What it holds is authenticated, but a bug of a writer shall not become a
 * bug of the reader. */
static void
a_block_that_lies_about_its_size_is_refused(void)
{
	struct file_map map, back;
	struct buf block = BUF_INIT;

	make_page_map(&map, 10);
	file_map_format(&map, 0, &block);
	for (size_t i = 0; i < 20; i++) {
		char kept = block.p[i];

		block.p[i] = (char)(kept ^ 0x55);
		file_map_init(&back, 4096);
		EXPECT(file_map_parse(&back, block_id[0], buf_slice(&block),
		    SLICE_NONE, NULL) < 0);
		file_map_free(&back);
		block.p[i] = kept;
	}
	file_map_init(&back, 4096);
	EXPECT(file_map_parse(&back, block_id[0], slice_part(
	    buf_slice(&block), 0, block.n - 1), SLICE_NONE, NULL) < 0);
	file_map_free(&back);
	file_map_free(&map);
	buf_free(&block);
}

static void
an_insertion_moves_only_the_chunks_around_it(void)
{
	const size_t n = (size_t)4 << 20;
	unsigned char key[KEY_SIZE] = {7}, *a = malloc(n), *b = malloc(n + 9);
	struct chunker chunker;
	size_t ends_a[256], count = 0, shared = 0;
	uint32_t x = 12345;

	for (size_t i = 0; i < n; i++) {
		x = x * 1664525 + 1013904223;
		a[i] = (unsigned char)(x >> 24);
	}
	memcpy(b, a, n / 2);
	memcpy(b + n / 2, "inserted!", 9);
	memcpy(b + n / 2 + 9, a + n / 2, n - n / 2);
	chunker_init(&chunker, key);
	for (size_t at = 0; at < n;) {
		size_t cut = chunker_cut(&chunker, a + at, n - at);

		EXPECT(cut <= CHUNK_MAX && (cut >= CHUNK_MIN || at + cut == n));
		at += cut;
		ends_a[count++] = at;
	}
	for (size_t at = 0; at < n + 9;) {
		at += chunker_cut(&chunker, b + at, n + 9 - at);
		for (size_t i = 0; i < count; i++)
			shared += ends_a[i] == (at > n / 2 ? at - 9 : at);
	}
	EXPECT(count >= 8);
	EXPECT(shared + 3 >= count);
	free(a);
	free(b);
}

static void
the_newest_of_each_period_stays(void)
{
	static const char *const times[] = {"2025-12-31T10:00:00Z",
	    "2026-01-01T09:00:00Z", "2026-01-01T10:00:00Z",
	    "2026-01-31T10:00:00Z", "2026-02-01T10:00:00Z",
	    "2026-02-02T10:00:00Z", "2026-02-02T11:00:00Z"};
	static const struct {
		const char *label;
		struct retention rules;
		const char *want;
	} rows[] = {
	    {"no rule", {.last = 0}, "1111111"},
	    {"last", {.last = 2}, "0000011"},
	    {"daily", {.daily = 3}, "0001101"},
	    {"monthly", {.monthly = 3}, "1001001"},
	    {"yearly", {.yearly = 2}, "1000001"},
	    {"hourly", {.hourly = 2}, "0000011"},
	    {"weekly", {.weekly = 2}, "0000101"},
	    {"within", {.within_s = 2 * 86400}, "0000111"},
	    {"two rules", {.daily = 1, .yearly = 2}, "1000001"}};
	int64_t ms[7];
	bool keep[7];
	char got[8] = "";

	for (size_t i = 0; i < 7; i++)
		EXPECT(clock_parse(slice_text(times[i]), &ms[i]) == 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		retention_choose(&rows[i].rules, ms, 7, ms[6], keep);
		for (size_t k = 0; k < 7; k++)
			got[k] = keep[k] ? '1' : '0';
		EXPECT_SLICE(rows[i].label, slice_text(rows[i].want),
		    slice_text(got));
	}
}

static void
a_path_that_leads_out_of_the_home_is_refused(void)
{
	static const char *const bad[] = {"", "/etc/passwd", "../x", "a/../b",
	    "a//b", "a/.", "./a", "a/"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		EXPECT(!file_entry_path_is_safe(slice_text(bad[i])));
	EXPECT(file_entry_path_is_safe(SLICE("mail/example.org/a.sqlite")));
	EXPECT(file_entry_path_is_safe(SLICE("..a/.b")));
}

int
main(void)
{
	UNIT_RUN(a_page_map_comes_back_from_its_blocks);
	UNIT_RUN(a_changed_page_costs_no_whole_block);
	UNIT_RUN(a_block_with_many_changes_stands_alone);
	UNIT_RUN(a_block_that_lies_about_its_size_is_refused);
	UNIT_RUN(an_insertion_moves_only_the_chunks_around_it);
	UNIT_RUN(the_newest_of_each_period_stays);
	UNIT_RUN(a_path_that_leads_out_of_the_home_is_refused);
	return UNIT_RESULT;
}
