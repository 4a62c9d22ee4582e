/* SPDX-License-Identifier: ISC */
#include "net/tally.h"

#include "child.h"
#include "unit.h"

static struct tally *t;

static void
holds_up_to_the_limit_over_all_slots(void)
{
	static const struct {
		const char *label;
		size_t slot;
		int64_t octets;
		int result;
		int64_t held;
	} rows[] = {{"first", 0, 60, 0, 60}, {"second", 1, 40, 0, 100},
	    {"one too many", 2, 1, -1, 100}, {"given back", 0, -10, 0, 90},
	    {"room again", 2, 10, 0, 100}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		EXPECT_NUMBER(rows[i].label, rows[i].result,
		    tally_hold(t, rows[i].slot, rows[i].octets, 100));
		EXPECT_NUMBER(rows[i].label, rows[i].held, tally_held(t));
	}
	tally_clear(t, 1);
	EXPECT_NUMBER("cleared", 60, tally_held(t));
	tally_clear(t, 0);
	tally_clear(t, 2);
	EXPECT_NUMBER("all cleared", 0, tally_held(t));
}

static int
hold_and_die(void *slot)
{
	tally_hold(t, *(size_t *)slot, 70, 100);
	tally_progress(t, *(size_t *)slot);
	_exit(0);
}

static void
knows_what_a_process_that_died_has_held(void)
{
	struct child child = CHILD_INIT;
	size_t slot = 3;

	EXPECT_NUMBER("no time", 0, tally_time(t, slot));
	child_run(&child, hold_and_die, &slot);
	EXPECT_NUMBER("held", 70, tally_held(t));
	EXPECT(tally_time(t, slot) > 0);
	tally_clear(t, slot);
	EXPECT_NUMBER("free", 0, tally_held(t));
	child_free(&child);
}

int
main(void)
{
	t = tally_make(4, NULL);
	UNIT_RUN(holds_up_to_the_limit_over_all_slots);
	UNIT_RUN(knows_what_a_process_that_died_has_held);
	tally_free(t);
	return UNIT_RESULT;
}
