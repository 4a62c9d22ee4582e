/* SPDX-License-Identifier: ISC */
/* Tasks write down what they do, in the order in which they do it. */
#include "base/task.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "unit.h"

struct thing {
	struct task_set *set;
	struct task *task;
	char name;
	int64_t wait_ms; /* below 0: until somebody wakes it */
	int fd;
	bool woken;
	int64_t cpu_us;
};

static char told[64];

static void
tell(char c)
{
	size_t n = strlen(told);

	told[n] = c;
	told[n + 1] = '\0';
}

static void
wait_once(void *arg)
{
	struct thing *t = arg;
	int64_t until = t->wait_ms < 0 ? INT64_MAX :
	    clock_monotonic_ms() + t->wait_ms;

	t->task = task_running(t->set);
	tell(t->name);
	t->woken = t->fd > 0 ? task_wait_fd(t->set, t->fd, POLLIN, until) :
	    task_wait(t->set, until);
	tell((char)(t->name - 'a' + 'A'));
}

static void
others_run_while_one_waits(void)
{
	struct task_set *set = task_set_new();
	struct thing a = {.set = set, .name = 'a', .wait_ms = -1};
	struct thing b = {.set = set, .name = 'b', .wait_ms = 1000};
	struct thing c = {.set = set, .name = 'c', .wait_ms = 0};

	told[0] = '\0';
	task_start(set, wait_once, &a);
	task_start(set, wait_once, &b);
	task_start(set, wait_once, &c);
	EXPECT_NUMBER("tasks", 3, task_set_count(set));
	EXPECT(task_running(set) == NULL);
	while (task_set_count(set) > 1)
		task_set_turn(set, -1, -1);
	EXPECT_SLICE("so far", SLICE("abcCB"), slice_text(told));
	task_wake(a.task);
	task_set_turn(set, -1, -1);
	EXPECT_SLICE("all", SLICE("abcCBA"), slice_text(told));
	EXPECT(a.woken && !b.woken && !c.woken);
	EXPECT_NUMBER("left", 0, task_set_count(set));
	task_set_free(set);
}

static void
a_turn_ends_when_its_time_is_over(void)
{
	struct task_set *set = task_set_new();
	struct thing a = {.set = set, .name = 'a', .wait_ms = -1};
	int64_t start = clock_monotonic_ms();

	task_start(set, wait_once, &a);
	EXPECT(!task_set_turn(set, -1, 20));
	EXPECT(clock_monotonic_ms() - start >= 20);
	EXPECT_NUMBER("waits on", 1, task_set_count(set));
	task_set_end(set);
	task_set_turn(set, -1, -1);
	EXPECT_NUMBER("left", 0, task_set_count(set));
	task_set_free(set);
}

static void
descriptors_wake_those_who_wait_for_them(void)
{
	struct task_set *set = task_set_new();
	int one[2], two[2];
	struct thing a, b;

	EXPECT(pipe(one) == 0 && pipe(two) == 0);
	a = (struct thing){.set = set, .name = 'a', .wait_ms = -1,
	    .fd = one[0]};
	b = (struct thing){.set = set, .name = 'b', .wait_ms = 1000,
	    .fd = two[0]};
	told[0] = '\0';
	task_start(set, wait_once, &a);
	task_start(set, wait_once, &b);
	EXPECT(write(one[1], "x", 1) == 1);
	task_set_turn(set, -1, -1);
	EXPECT_SLICE("a", SLICE("abA"), slice_text(told));
	task_set_turn(set, -1, -1);
	EXPECT_SLICE("b", SLICE("abAB"), slice_text(told));
	EXPECT(a.woken && !b.woken);
	/* the caller's own descriptor */
	EXPECT(task_set_turn(set, one[0], -1));
	EXPECT(!task_set_turn(set, two[0], 0));
	close(two[1]);
	EXPECT(task_set_turn(set, two[0], 0)); /* at its end */
	task_set_free(set);
	close(one[0]);
	close(one[1]);
	close(two[0]);
}

static void
wake_it(void *cookie)
{
	struct thing *t = cookie;
	char c;

	EXPECT(task_running(t->set) == NULL);
	EXPECT(read(t->fd, &c, 1) == 1);
	tell('!');
	task_wake(t->task);
	task_set_unwatch(t->set, t->fd);
}

static void
a_watched_descriptor_is_for_all(void)
{
	struct task_set *set = task_set_new();
	int ends[2];
	struct thing a = {.set = set, .name = 'a', .wait_ms = -1};

	EXPECT(pipe(ends) == 0);
	told[0] = '\0';
	task_start(set, wait_once, &a);
	a.fd = ends[0];
	task_set_watch(set, ends[0], wake_it, &a);
	EXPECT(write(ends[1], "xy", 2) == 2);
	task_set_turn(set, -1, -1);
	/* watched no longer, though there is more to read */
	task_set_turn(set, -1, 0);
	EXPECT_SLICE("told", SLICE("a!A"), slice_text(told));
	task_set_free(set);
	close(ends[0]);
	close(ends[1]);
}

static void
use_cpu(void *arg)
{
	struct thing *t = arg;
	int64_t until = clock_cpu_us() + 5000;

	while (t->name == 'b' && clock_cpu_us() < until)
		;
	task_wait(t->set, clock_monotonic_ms() + 5);
	t->cpu_us = task_cpu_us(t->set);
}

static void
cpu_time_goes_to_who_used_it(void)
{
	struct task_set *set = task_set_new();
	struct thing a = {.set = set, .name = 'a'};
	struct thing b = {.set = set, .name = 'b'};

	task_start(set, use_cpu, &a);
	task_start(set, use_cpu, &b);
	while (task_set_count(set) > 0)
		task_set_turn(set, -1, -1);
	EXPECT(b.cpu_us >= 5000);
	EXPECT(a.cpu_us < 5000);
	task_set_free(set);
}

/* A stack's worth of octets, checked by who comes back to it. */
static void
keep_octets(void *arg)
{
	struct thing *t = arg;
	volatile char octets[100 << 10];

	for (size_t i = 0; i < sizeof(octets); i += 100)
		octets[i] = (char)(t->name + i);
	task_wait(t->set, clock_monotonic_ms());
	for (size_t i = 0; i < sizeof(octets); i += 100)
		t->woken |= octets[i] != (char)(t->name + i);
}

static void
each_has_a_stack_of_its_own(void)
{
	enum { MANY = 300 };
	struct task_set *set = task_set_new();
	struct thing things[MANY];
	int spoiled = 0;

	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < MANY; i++) {
			things[i] = (struct thing){.set = set,
			    .name = (char)i};
			task_start(set, keep_octets, &things[i]);
		}
		EXPECT_NUMBER("at once", MANY, task_set_count(set));
		while (task_set_count(set) > 0)
			task_set_turn(set, -1, -1);
		for (int i = 0; i < MANY; i++)
			spoiled += things[i].woken;
	}
	EXPECT_NUMBER("spoiled", 0, spoiled);
	task_set_free(set);
	task_set_free(NULL);
	EXPECT(task_running(NULL) == NULL);
}

int
main(void)
{
	UNIT_RUN(others_run_while_one_waits);
	UNIT_RUN(a_turn_ends_when_its_time_is_over);
	UNIT_RUN(descriptors_wake_those_who_wait_for_them);
	UNIT_RUN(a_watched_descriptor_is_for_all);
	UNIT_RUN(cpu_time_goes_to_who_used_it);
	UNIT_RUN(each_has_a_stack_of_its_own);
	return UNIT_RESULT;
}
