/* SPDX-License-Identifier: ISC */
#include "base/chains.h"

#include "unit.h"

#define ENTRIES 100

static size_t
count(const struct chains *c, uint64_t hash, uint64_t modulus)
{
	size_t n = 0;

	for (ptrdiff_t i = chains_first(c, hash); i >= 0;
	     i = chains_next(c, i))
		n += (uint64_t)i % modulus == hash;
	return n;
}

static void
finds_what_was_added_and_not_what_was_removed(void)
{
	struct chains c;

	chains_init(&c, ENTRIES);
	EXPECT_NUMBER("empty", -1, chains_first(&c, 3));
	for (size_t i = 0; i < ENTRIES; i++)
		chains_add(&c, i % 7, i);
	EXPECT_NUMBER("of 3", 14, count(&c, 3, 7));
	chains_remove(&c, 3, 3);  /* the first that was added */
	chains_remove(&c, 3, 94); /* the last */
	chains_remove(&c, 3, 45);
	chains_remove(&c, 3, 45); /* not there */
	chains_remove(&c, 3, 46); /* of another chain */
	EXPECT_NUMBER("of 3", 11, count(&c, 3, 7));
	EXPECT_NUMBER("of 4", 14, count(&c, 4, 7));
	chains_add(&c, 3, 45);
	EXPECT_NUMBER("again", 12, count(&c, 3, 7));
	chains_free(&c);
}

static void
takes_one_entry(void)
{
	struct chains c;

	chains_init(&c, 1);
	chains_add(&c, UINT64_MAX, 0);
	EXPECT_NUMBER("it", 0, chains_first(&c, 12345));
	chains_remove(&c, 12345, 0);
	EXPECT_NUMBER("nothing", -1, chains_first(&c, UINT64_MAX));
	chains_free(&c);
}

int
main(void)
{
	UNIT_RUN(finds_what_was_added_and_not_what_was_removed);
	UNIT_RUN(takes_one_entry);
	return UNIT_RESULT;
}
