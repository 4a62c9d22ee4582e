/* SPDX-License-Identifier: ISC */
#include "net/tally.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "child.h"
#include "unit.h"

#define K (TALLY_STEP / 64) /* a first step is 64 of them */

static struct tally *t;

static void
begins_with_a_step_as_long_as_a_quarter_is_enough(void)
{
	t = tally_make(4, 600 * K, 1 << 20, NULL);
	tally_begin(t, 0);
	tally_begin(t, 1);
	tally_begin(t, 2);
	EXPECT_NUMBER("first", 64 * K, tally_granted(t, 0));
	EXPECT_NUMBER("second", 64 * K, tally_granted(t, 1));
	EXPECT_NUMBER("third", 0, tally_granted(t, 2));
	EXPECT_NUMBER("all", 128 * K, tally_held(t));
	tally_end(t, 0);
	tally_begin(t, 3);
	EXPECT_NUMBER("room again", 64 * K, tally_granted(t, 3));
	tally_free(t);
}

static void
grants_as_much_again_up_to_the_limit_of_all(void)
{
	t = tally_make(2, 600 * K, 1 << 20, NULL);
	tally_begin(t, 0);
	tally_begin(t, 1);
	EXPECT_NUMBER("64 more", 1, tally_grant(t, 0));
	EXPECT_NUMBER("128 more", 1, tally_grant(t, 0));
	EXPECT_NUMBER("it has", 256 * K, tally_granted(t, 0));
	EXPECT_NUMBER("256 more", 1, tally_grant(t, 0));
	EXPECT_NUMBER("all", 576 * K, tally_held(t));
	EXPECT_NUMBER("no more", 0, tally_grant(t, 1));
	EXPECT_NUMBER("as before", 576 * K, tally_held(t));
	tally_return(t, 0);
	EXPECT_NUMBER("the first stays", 64 * K, tally_granted(t, 0));
	EXPECT_NUMBER("room again", 1, tally_grant(t, 1));
	tally_end(t, 1);
	tally_end(t, 0);
	EXPECT_NUMBER("nothing is left", 0, tally_held(t));
	tally_free(t);
}

static void
grants_no_session_more_than_its_largest_message(void)
{
	t = tally_make(2, 100 << 20, 200 * K, NULL);
	tally_begin(t, 0);
	EXPECT_NUMBER("128", 1, tally_grant(t, 0));
	EXPECT_NUMBER("256", 1, tally_grant(t, 0));
	EXPECT_NUMBER("a lie", -1, tally_grant(t, 0));
	EXPECT_NUMBER("all", 256 * K, tally_held(t));
	tally_free(t);
}

/* What a session can try: each mapping of it that is shared with others. */
static int
look_for_a_way_to_write(void *unused)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	unsigned long from, to;
	char line[512], mode[8];
	int found = 0;

	(void)unused;
	while (maps != NULL && fgets(line, sizeof(line), maps) != NULL) {
		if (sscanf(line, "%lx-%lx %7s", &from, &to, mode) != 3 ||
		    mode[3] != 's')
			continue;
		found++;
		if (mode[1] == 'w')
			_exit(10);
		if (mprotect((void *)from, to - from,
			PROT_READ | PROT_WRITE) == 0 ||
		    errno != EACCES)
			_exit(11);
	}
	_exit(found == 1 ? 0 : 12);
}

static void
a_session_sees_it_and_can_never_write_it(void)
{
	struct child child = CHILD_INIT;

	t = tally_make(4, 600 * K, 1 << 20, NULL);
	tally_begin(t, 1);
	child_run(&child, look_for_a_way_to_write, NULL);
	EXPECT_NUMBER("no way", 0, child.status);
	EXPECT_NUMBER("as before", 64 * K, tally_held(t));
	child_free(&child);
	tally_free(t);
}

static void
knows_who_has_last_taken_a_message(void)
{
	t = tally_make(4, 600 * K, 1 << 20, NULL);
	EXPECT_NUMBER("no time", 0, tally_time(t, 3));
	tally_begin(t, 3);
	EXPECT(tally_time(t, 3) > 0);
	EXPECT_NUMBER("another", 0, tally_time(t, 2));
	tally_progress(t, 2);
	EXPECT(tally_time(t, 2) >= tally_time(t, 3));
	tally_free(t);
}

int
main(void)
{
	UNIT_RUN(begins_with_a_step_as_long_as_a_quarter_is_enough);
	UNIT_RUN(grants_as_much_again_up_to_the_limit_of_all);
	UNIT_RUN(grants_no_session_more_than_its_largest_message);
	UNIT_RUN(a_session_sees_it_and_can_never_write_it);
	UNIT_RUN(knows_who_has_last_taken_a_message);
	return UNIT_RESULT;
}
