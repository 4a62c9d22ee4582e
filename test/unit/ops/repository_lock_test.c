/* SPDX-License-Identifier: ISC */
/* Whose lock counts, and for how long, in a folder of its own. */
#include "ops/repository_lock.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "unit.h"

#define MINUTE_MS ((int64_t)60 * 1000)
#define BEGAN_MS ((int64_t)1790000000 * 1000)

static char folder[] = "/tmp/fe-lock-test-XXXXXX";

static struct destination *
open_folder(void)
{
	struct destination_options options = {.path = folder};
	struct err err = ERR_INIT;
	struct destination *d = destination_open(&options, &err);

	EXPECT(d != NULL && destination_prepare(d, &err) == 0);
	return d;
}

/* The only lock that lies there, as text; "" for none. */
static void
read_lock(struct destination *d, struct buf *out)
{
	struct destination_list list;
	struct err err = ERR_INIT;

	buf_reset(out);
	EXPECT(destination_list(d, "locks", &list, &err) == 0);
	EXPECT(list.n <= 1);
	if (list.n == 1)
		EXPECT(destination_get(d, list.items[0].name, 0, 0, out,
			   &err) == 1);
	destination_list_free(&list);
}

static bool
says_renewed(struct destination *other, int64_t ms)
{
	struct buf text = BUF_INIT;
	char want[64], time[CLOCK_TEXT_SIZE];
	bool result;

	snprintf(want, sizeof(want), "\"renewed\":\"%s\"",
	    clock_rfc3339(ms, time));
	read_lock(other, &text);
	result = strstr(buf_text(&text), want) != NULL;
	buf_free(&text);
	return result;
}

static void
reading_keeps_a_lock_alive(void)
{
	struct destination *d = open_folder(), *other = open_folder();
	struct repository_lock lock;
	struct buf out = BUF_INIT;
	struct err err = ERR_INIT;

	clock_fix_ms(BEGAN_MS);
	EXPECT(repository_lock_take(&lock, d, REPOSITORY_READ, 0, &err) == 0);
	EXPECT(says_renewed(other, BEGAN_MS));
	/* Not at each reading ... */
	clock_fix_ms(BEGAN_MS + MINUTE_MS);
	EXPECT(destination_get(d, "packs/none", 0, 0, &out, &err) == 0);
	EXPECT(says_renewed(other, BEGAN_MS));
	/* ... but long before another host takes it for dead. */
	clock_fix_ms(BEGAN_MS + 30 * MINUTE_MS);
	EXPECT(destination_get(d, "packs/none", 0, 0, &out, &err) == 0);
	EXPECT(says_renewed(other, BEGAN_MS + 30 * MINUTE_MS));
	/* Who only writes says so. */
	clock_fix_ms(BEGAN_MS + 60 * MINUTE_MS);
	EXPECT(destination_touch(d, &err) == 0);
	EXPECT(says_renewed(other, BEGAN_MS + 60 * MINUTE_MS));
	repository_lock_release(&lock);
	/* One that is released does not come back. */
	clock_fix_ms(BEGAN_MS + 120 * MINUTE_MS);
	EXPECT(destination_get(d, "packs/none", 0, 0, &out, &err) == 0);
	read_lock(other, &out);
	EXPECT_NUMBER("locks", 0, out.n);
	buf_free(&out);
	destination_close(d);
	destination_close(other);
}

static void
readers_stand_beside_each_other_and_removers_alone(void)
{
	struct destination *d = open_folder(), *other = open_folder();
	struct repository_lock one, two;
	struct err err = ERR_INIT;

	EXPECT(repository_lock_take(&one, d, REPOSITORY_READ, 0, &err) == 0);
	EXPECT(repository_lock_take(&two, other, REPOSITORY_ADD, 0, &err) == 0);
	repository_lock_release(&two);
	EXPECT(repository_lock_take(&two, other, REPOSITORY_REMOVE, 0, &err) ==
	    -1);
	EXPECT(strstr(err.text, "is in use by process") != NULL);
	repository_lock_release(&one);
	EXPECT(repository_lock_take(&two, other, REPOSITORY_REMOVE, 0, &err) ==
	    0);
	EXPECT(repository_lock_take(&one, d, REPOSITORY_READ, 0, &err) == -1);
	repository_lock_release(&two);
	destination_close(d);
	destination_close(other);
}

int
main(void)
{
	char remove[64];

	EXPECT(mkdtemp(folder) != NULL);
	UNIT_RUN(readers_stand_beside_each_other_and_removers_alone);
	UNIT_RUN(reading_keeps_a_lock_alive);
	snprintf(remove, sizeof(remove), "rm -rf '%s'", folder);
	EXPECT(system(remove) == 0);
	return UNIT_RESULT;
}
