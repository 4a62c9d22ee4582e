/* SPDX-License-Identifier: ISC */
#include "record/pool_ids.h"

#include <stdio.h>

#include "unit.h"

#define DEPTH 1000

static struct slice
id_text(size_t number, char text[27])
{
	snprintf(text, 27, "01M8%022zu", number);
	return slice_of(text, 26);
}

static struct pool_item *
make_item(size_t number)
{
	struct record *record = record_new();
	char text[27];

	meta_set_text(&record->meta, "id", id_text(number, text));
	return pool_item_new(record, NULL, 1000);
}

static bool
has(const struct pool_ids *ids, size_t number)
{
	char text[27];

	return pool_ids_has(ids, id_text(number, text));
}

static void
finds_what_is_in_hand_and_nothing_else(void)
{
	struct pool_item *items[DEPTH];
	struct pool_ids ids;
	size_t wrong = 0;

	pool_ids_init(&ids, DEPTH);
	EXPECT(!has(&ids, 0));
	for (size_t i = 0; i < DEPTH; i++) {
		items[i] = make_item(i);
		wrong += has(&ids, i);
		pool_ids_add(&ids, items[i]);
	}
	for (size_t i = 0; i < 2 * DEPTH; i++)
		wrong += has(&ids, i) != (i < DEPTH);
	EXPECT_NUMBER("wrong", 0, wrong);
	for (size_t i = 0; i < DEPTH; i += 3)
		pool_ids_remove(&ids, items[i]);
	for (size_t i = 0; i < DEPTH; i++)
		wrong += has(&ids, i) != (i % 3 != 0);
	EXPECT_NUMBER("wrong after some were answered", 0, wrong);
	for (size_t i = 0; i < DEPTH; i++) {
		pool_ids_remove(&ids, items[i]);
		pool_item_free(items[i]);
	}
	pool_ids_free(&ids);
}

/* As many as the depth at once, and many times as many one after the other. */
static void
takes_places_again(void)
{
	struct pool_item *items[4] = {NULL};
	struct pool_ids ids;
	size_t wrong = 0;

	pool_ids_init(&ids, 4);
	for (size_t i = 0; i < 400; i++) {
		struct pool_item **item = &items[(i * 7) % 4];

		if (*item != NULL)
			pool_ids_remove(&ids, *item);
		pool_item_free(*item);
		*item = make_item(i);
		pool_ids_add(&ids, *item);
		wrong += !has(&ids, i) || (i >= 4 && has(&ids, i - 4));
	}
	EXPECT_NUMBER("wrong", 0, wrong);
	EXPECT_NUMBER("places", 4, ids.top);
	for (size_t i = 0; i < 4; i++)
		pool_item_free(items[i]);
	pool_ids_free(&ids);
}

static void
bears_one_that_was_never_added(void)
{
	struct pool_item *item = make_item(1), *other = make_item(1);
	struct pool_ids ids;

	pool_ids_init(&ids, 1);
	pool_ids_add(&ids, item);
	pool_ids_remove(&ids, other); /* refused: its id was in hand */
	EXPECT(has(&ids, 1));
	pool_ids_remove(&ids, item);
	pool_ids_remove(&ids, item);
	EXPECT(!has(&ids, 1));
	pool_item_free(item);
	pool_item_free(other);
	pool_ids_free(&ids);
}

int
main(void)
{
	UNIT_RUN(finds_what_is_in_hand_and_nothing_else);
	UNIT_RUN(takes_places_again);
	UNIT_RUN(bears_one_that_was_never_added);
	return UNIT_RESULT;
}
