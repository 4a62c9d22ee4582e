/* SPDX-License-Identifier: ISC */
#include "net/ration.h"

#include "unit.h"

#define K (TALLY_STEP / 64) /* a first step is 64 of them */

static struct tally *t;
static char asked[64];
static size_t asked_n;

/* The parent, as acceptor.c is one. */
static int
ask(void *context, char command)
{
	size_t slot = *(size_t *)context;

	asked[asked_n++] = command;
	if (command == RATION_MORE)
		return tally_grant(t, slot) > 0 ? 0 : -1;
	if (command == RATION_RETURN)
		tally_return(t, slot);
	return 0;
}

static void
asks_for_nothing_while_messages_are_small(void)
{
	size_t slot = 1;
	struct ration r = {.ask = ask, .context = &slot};

	asked_n = 0;
	t = tally_make(4, 600 * K, 1 << 20, NULL);
	tally_begin(t, slot);
	ration_begin(&r, t, slot);
	EXPECT_NUMBER("small", 0, ration_hold(&r, 64 * K));
	ration_release(&r);
	ration_progress(&r);
	EXPECT_NUMBER("asked", 0, asked_n);
	EXPECT_NUMBER("room", 600 * K, ration_room(&r, 600 * K));
	tally_free(t);
}

static void
has_the_same_account_as_its_parent(void)
{
	size_t slot = 0, other = 1;
	struct ration r = {.ask = ask, .context = &slot};
	struct ration s = {.ask = ask, .context = &other};

	asked_n = 0;
	t = tally_make(4, 600 * K, 1 << 20, NULL);
	tally_begin(t, slot);
	tally_begin(t, other);
	ration_begin(&r, t, slot);
	ration_begin(&s, t, other);
	EXPECT_NUMBER("300 K", 0, ration_hold(&r, 300 * K));
	EXPECT_SLICE("steps", SLICE("mmm"), slice_of(asked, asked_n));
	EXPECT_NUMBER("granted", tally_granted(t, slot), r.granted);
	EXPECT_NUMBER("none for another", -1, ration_hold(&s, 128 * K));
	EXPECT_NUMBER("its own", 64 * K, s.granted);
	EXPECT_NUMBER("room", 88 * K, ration_room(&s, 600 * K));
	ration_release(&r);
	EXPECT_NUMBER("granted", tally_granted(t, slot), r.granted);
	EXPECT_NUMBER("now", 0, ration_hold(&s, 128 * K));
	tally_free(t);
}

static void
who_began_with_nothing_asks_for_all(void)
{
	size_t slot = 0;
	struct ration r = {.ask = ask, .context = &slot};

	asked_n = 0;
	t = tally_make(1, 100 * K, 1 << 20, NULL);
	tally_begin(t, slot);
	ration_begin(&r, t, slot);
	EXPECT_NUMBER("nothing yet", 0, r.granted);
	EXPECT_NUMBER("one", 0, ration_hold(&r, 1));
	EXPECT_NUMBER("no second", -1, ration_hold(&r, 65 * K));
	ration_release(&r);
	EXPECT_SLICE("asked", SLICE("mmf"), slice_of(asked, asked_n));
	EXPECT_NUMBER("all is free", 0, tally_held(t));
	tally_free(t);
}

static void
tells_of_messages_once_in_a_while(void)
{
	size_t slot = 0;
	struct ration r = {.ask = ask, .context = &slot};

	asked_n = 0;
	t = tally_make(1, 600 * K, 1 << 20, NULL);
	tally_begin(t, slot);
	ration_begin(&r, t, slot);
	r.told_ms -= 1000;
	ration_progress(&r);
	ration_progress(&r);
	EXPECT_SLICE("told", SLICE("p"), slice_of(asked, asked_n));
	tally_free(t);
}

int
main(void)
{
	UNIT_RUN(asks_for_nothing_while_messages_are_small);
	UNIT_RUN(has_the_same_account_as_its_parent);
	UNIT_RUN(who_began_with_nothing_asks_for_all);
	UNIT_RUN(tells_of_messages_once_in_a_while);
	return UNIT_RESULT;
}
