/* SPDX-License-Identifier: ISC */
/*
 * Stacks that are switched by swapcontext(3).  Each has a page below it that
 * nobody may touch.  A few tasks that are done are kept, stack and all, for
 * the next one.
 */
#include "task.h"

#include <assert.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "clock.h"
#include "mem.h"

#ifdef FE_SANITIZE
#include <sanitizer/common_interface_defs.h>
/* Its frames are larger. */
#define STACK_SIZE (4 * TASK_STACK_SIZE)
#else
#define STACK_SIZE TASK_STACK_SIZE
#endif
#define GUARD_SIZE ((size_t)4096)
#define SPARES_MAX 8
#define WATCHES_MAX 8

/* One that runs: the thread's own stack, or a task's. */
struct strand {
	ucontext_t context;
	const void *bottom; /* of the stack, for the sanitizer */
	size_t size;
};

struct task {
	struct task_set *set;
	struct strand strand;
	char *stack;
	void (*run)(void *arg);
	void *arg;
	bool woken, done;
	int fd; /* that it waits for; -1 */
	short events;
	int64_t until_ms;
	int64_t cpu_us, since_us; /* used before; when it went on */
};

struct watch {
	int fd;
	void (*readable)(void *cookie);
	void *cookie;
};

struct task_set {
	struct strand main;
	struct task *running;
	struct task **tasks; /* oldest first */
	size_t n, capacity;
	struct task *spares[SPARES_MAX];
	size_t spares_n;
	struct watch watches[WATCHES_MAX];
	size_t watches_n;
	struct pollfd *polls;
	size_t polls_capacity;
	int64_t seen_us; /* the CPU clock when it was last looked at */
	bool ending;
};

struct task_set *
task_set_new(void)
{
	struct task_set *set = mem_zalloc(sizeof(*set));

	set->seen_us = clock_cpu_us();
	return set;
}

static void
free_task(struct task *t)
{
	munmap(t->stack, STACK_SIZE + GUARD_SIZE);
	free(t);
}

void
task_set_free(struct task_set *set)
{
	if (set == NULL)
		return;
	assert(set->n == 0);
	while (set->spares_n > 0)
		free_task(set->spares[--set->spares_n]);
	free(set->tasks);
	free(set->polls);
	free(set);
}

size_t
task_set_count(const struct task_set *set)
{
	return set->n;
}

struct task *
task_running(const struct task_set *set)
{
	return set != NULL ? set->running : NULL;
}

/* What goes by between two tasks is the next one's, which saves a look at the
 * clock for each. */
int64_t
task_cpu_us(struct task_set *set)
{
	const struct task *t = set->running;

	set->seen_us = clock_cpu_us();
	return t->cpu_us + set->seen_us - t->since_us;
}

/* From one stack to another; returns when somebody switches back. */
#ifdef FE_SANITIZE
/* The sanitizer is told where the new stack lies.  As it warns of every use of
 * swapcontext it gets the halves of that. */
static void
switch_strand(struct strand *from, struct strand *to)
{
	volatile bool back = false;
	void *fake = NULL;

	__sanitizer_start_switch_fiber(&fake, to->bottom, to->size);
	getcontext(&from->context);
	if (!back) {
		back = true;
		setcontext(&to->context);
	}
	__sanitizer_finish_switch_fiber(fake, NULL, NULL);
}
#else
static void
switch_strand(struct strand *from, struct strand *to)
{
	swapcontext(&from->context, &to->context);
}
#endif

/* makecontext(3) passes int arguments alone. */
static void
enter(unsigned high, unsigned low)
{
	struct task *t = (struct task *)
	    ((uintptr_t)high << 16 << 16 | (uintptr_t)low);

#ifdef FE_SANITIZE
	__sanitizer_finish_switch_fiber(NULL, &t->set->main.bottom,
	    &t->set->main.size);
#endif
	for (;;) {
		t->run(t->arg);
		t->done = true;
		switch_strand(&t->strand, &t->set->main);
	}
}

static struct task *
make_task(struct task_set *set)
{
	struct task *t;
	uintptr_t p;

	if (set->spares_n > 0)
		return set->spares[--set->spares_n];
	t = mem_zalloc(sizeof(*t));
	p = (uintptr_t)t;
	t->set = set;
	t->stack = mmap(NULL, STACK_SIZE + GUARD_SIZE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
	if (t->stack == MAP_FAILED ||
	    mprotect(t->stack, GUARD_SIZE, PROT_NONE) < 0 ||
	    getcontext(&t->strand.context) < 0)
		mem_fail();
	t->strand.bottom = t->stack + GUARD_SIZE;
	t->strand.size = STACK_SIZE;
	t->strand.context.uc_stack.ss_sp = t->stack + GUARD_SIZE;
	t->strand.context.uc_stack.ss_size = STACK_SIZE;
	makecontext(&t->strand.context, (void (*)(void))enter, 2,
	    (unsigned)(p >> 16 >> 16), (unsigned)p);
	return t;
}

static void
resume(struct task *t)
{
	struct task_set *set = t->set;

	t->since_us = set->seen_us;
	set->running = t;
	switch_strand(&set->main, &t->strand);
	set->running = NULL;
	if (!t->done)
		return;
	for (size_t i = 0; i < set->n; i++)
		if (set->tasks[i] == t) {
			set->n--;
			memmove(set->tasks + i, set->tasks + i + 1,
			    (set->n - i) * sizeof(struct task *));
			break;
		}
	if (set->spares_n < SPARES_MAX)
		set->spares[set->spares_n++] = t;
	else
		free_task(t);
}

void
task_start(struct task_set *set, void (*run)(void *arg), void *arg)
{
	struct task *t = make_task(set);

	assert(set->running == NULL);
	t->run = run;
	t->arg = arg;
	t->done = false;
	t->fd = -1;
	t->cpu_us = 0;
	if (set->n == set->capacity) {
		set->capacity = set->capacity * 2 + 16;
		set->tasks = mem_array(set->tasks, set->capacity,
		    sizeof(struct task *));
	}
	set->tasks[set->n++] = t;
	resume(t);
}

bool
task_wait_fd(struct task_set *set, int fd, short events, int64_t until_ms)
{
	struct task *t = set->running;

	assert(t != NULL);
	t->woken = false;
	if (set->ending)
		return false;
	t->fd = fd;
	t->events = events;
	t->until_ms = until_ms;
	t->cpu_us = task_cpu_us(set);
	switch_strand(&t->strand, &set->main);
	t->fd = -1;
	return t->woken;
}

bool
task_wait(struct task_set *set, int64_t until_ms)
{
	return task_wait_fd(set, -1, 0, until_ms);
}

void
task_wake(struct task *task)
{
	task->woken = true;
}

void
task_set_watch(struct task_set *set, int fd, void (*readable)(void *cookie),
    void *cookie)
{
	assert(set->watches_n < WATCHES_MAX);
	set->watches[set->watches_n++] = (struct watch){fd, readable, cookie};
}

void
task_set_unwatch(struct task_set *set, int fd)
{
	for (size_t i = 0; i < set->watches_n; i++)
		if (set->watches[i].fd == fd) {
			set->watches[i] = set->watches[--set->watches_n];
			return;
		}
}

void
task_set_end(struct task_set *set)
{
	set->ending = true;
}

static bool
is_due(const struct task *t, int64_t now)
{
	return t->woken || t->set->ending || t->until_ms <= now;
}

/* How long nobody has to do anything; -1: nobody ever. */
static int
idle_ms(const struct task_set *set, int64_t timeout_ms)
{
	int64_t now = clock_monotonic_ms();
	int64_t least = timeout_ms < 0 ? INT64_MAX : timeout_ms;

	for (size_t i = 0; i < set->n; i++) {
		const struct task *t = set->tasks[i];

		if (is_due(t, now))
			return 0;
		if (t->until_ms - now < least)
			least = t->until_ms - now;
	}
	if (least == INT64_MAX)
		return -1;
	return least > 60000 ? 60000 : (int)least;
}

static void
add_poll(struct task_set *set, size_t *n, int fd, short events)
{
	if (*n == set->polls_capacity) {
		set->polls_capacity = set->polls_capacity * 2 + 16;
		set->polls = mem_array(set->polls, set->polls_capacity,
		    sizeof(*set->polls));
	}
	set->polls[(*n)++] = (struct pollfd){.fd = fd, .events = events};
}

/* The caller's, the watched ones, then those that single tasks wait for. */
static size_t
fill_polls(struct task_set *set, int fd)
{
	size_t n = 0;

	add_poll(set, &n, fd, POLLIN);
	for (size_t i = 0; i < set->watches_n; i++)
		add_poll(set, &n, set->watches[i].fd, POLLIN);
	for (size_t i = 0; i < set->n; i++)
		if (set->tasks[i]->fd >= 0)
			add_poll(set, &n, set->tasks[i]->fd,
			    set->tasks[i]->events);
	return n;
}

static void
wake_polled(struct task_set *set)
{
	size_t at = 1, watches = set->watches_n;

	/* From the last on: a callback may take its own out. */
	for (size_t i = watches; i-- > 0;)
		if (set->polls[at + i].revents != 0 && i < set->watches_n)
			set->watches[i].readable(set->watches[i].cookie);
	at += watches;
	for (size_t i = 0; i < set->n; i++)
		if (set->tasks[i]->fd >= 0 && set->polls[at++].revents != 0)
			task_wake(set->tasks[i]);
}

static void
run_due(struct task_set *set)
{
	int64_t now = clock_monotonic_ms();

	for (size_t i = 0; i < set->n;) {
		struct task *t = set->tasks[i];
		size_t before = set->n;

		if (is_due(t, now))
			resume(t);
		if (set->n == before)
			i++;
	}
}

bool
task_set_turn(struct task_set *set, int fd, int64_t timeout_ms)
{
	size_t n = fill_polls(set, fd);
	int got = poll(set->polls, n, idle_ms(set, timeout_ms));
	bool readable = got > 0 && set->polls[0].revents != 0;

	assert(set->running == NULL);
	if (got > 0)
		wake_polled(set);
	run_due(set);
	return readable;
}
