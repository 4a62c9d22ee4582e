/* SPDX-License-Identifier: ISC */
#include "net/ahead.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "unit.h"

#define ABOVE 20

static int reached; /* how often */
static bool away;

static int
reach(const void *context, struct err *err)
{
	(void)context;
	reached++;
	if (away)
		return err_set(err, ERR_SYSTEM, "the pool is away");
	return open("/dev/null", O_RDWR | O_CLOEXEC);
}

static void
makes_several_at_a_time_and_gives_each_once(void)
{
	const struct launch_conf launch = {.reach = reach};
	struct ahead a;
	int fds[AHEAD_MAX];

	reached = 0;
	ahead_init(&a, &launch);
	for (int i = 0; i < AHEAD_MAX; i++) {
		fds[i] = ahead_take(&a, ABOVE);
		EXPECT(fds[i] > ABOVE);
		EXPECT((fcntl(fds[i], F_GETFD) & FD_CLOEXEC) != 0);
		for (int j = 0; j < i; j++)
			EXPECT(fds[i] != fds[j]);
	}
	EXPECT_NUMBER("reached", AHEAD_MAX, reached);
	close(ahead_take(&a, ABOVE));
	EXPECT_NUMBER("reached again", 2 * AHEAD_MAX, reached);
	for (int i = 0; i < AHEAD_MAX; i++)
		close(fds[i]);
	EXPECT_NUMBER("in hand", AHEAD_MAX - 1, (long long)a.n);
	fds[0] = a.fds[0];
	ahead_free(&a);
	EXPECT(fcntl(fds[0], F_GETFD) < 0 && errno == EBADF);
}

static void
asks_a_pool_that_is_away_not_again_and_again(void)
{
	const struct launch_conf launch = {.reach = reach};
	struct ahead a;

	reached = 0;
	away = true;
	ahead_init(&a, &launch);
	EXPECT_NUMBER("away", -1, ahead_take(&a, ABOVE));
	EXPECT_NUMBER("still", -1, ahead_take(&a, ABOVE));
	EXPECT_NUMBER("reached", 1, reached);
	away = false;
	a.retry_ms = 0;
	close(ahead_take(&a, ABOVE));
	EXPECT_NUMBER("reached then", 1 + AHEAD_MAX, reached);
	ahead_free(&a);
}

static void
has_nothing_where_pipelines_are_started(void)
{
	char *deliver[] = {(char[]){"cat"}, NULL};
	const struct launch_conf launch = {.deliver = deliver, .reach = reach};
	const struct launch_conf none = {.reach = NULL};
	struct ahead a;

	reached = 0;
	ahead_init(&a, &launch);
	EXPECT_NUMBER("started", -1, ahead_take(&a, ABOVE));
	ahead_init(&a, &none);
	EXPECT_NUMBER("neither", -1, ahead_take(&a, ABOVE));
	EXPECT_NUMBER("reached", 0, reached);
}

int
main(void)
{
	UNIT_RUN(makes_several_at_a_time_and_gives_each_once);
	UNIT_RUN(asks_a_pool_that_is_away_not_again_and_again);
	UNIT_RUN(has_nothing_where_pipelines_are_started);
	return UNIT_RESULT;
}
