/* SPDX-License-Identifier: ISC */
/*
 * A filter in a process of its own whose work waits as long as a record says:
 * what leaves when, how much is held, and how it ends.
 */
#include "record/jobs.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/json.h"
#include "unit.h"

static const struct cmd test_cmd = {.name = "fe-test", .flags = CMD_FILTER};

struct test {
	struct jobs jobs;
	int64_t at_work, most_at_work, most_held;
};

/* Waits `wait' ms, states how many were at work and held at most. */
static void
work(void *cookie, struct record *r)
{
	struct test *t = cookie;
	int64_t wait_ms = 0;

	if (++t->at_work > t->most_at_work)
		t->most_at_work = t->at_work;
	if (t->jobs.held > t->most_held)
		t->most_held = t->jobs.held;
	json_integer(meta_get(&r->meta, "wait"), &wait_ms);
	if (t->jobs.tasks != NULL && wait_ms > 0)
		task_wait(t->jobs.tasks, clock_monotonic_ms() + wait_ms);
	meta_set_integer(&r->meta, "most", t->most_at_work);
	meta_set_integer(&r->meta, "held", t->most_held);
	t->at_work--;
}

static int
run_filter(int64_t jobs, int64_t memory_max)
{
	const struct filter_conf conf = {.input = INPUT_RECORD,
	    .output = OUTPUT_RECORD, .size_max = 1 << 20};
	struct filter filter;
	struct test t = {.jobs = {.filter = &filter, .conf = {jobs,
	    memory_max}, .work = work, .cookie = &t}};
	struct err err = ERR_INIT;
	int code;

	if (filter_open(&filter, &test_cmd, &conf, &err) < 0)
		return cmd_fail(&err);
	if (jobs > 0)
		t.jobs.tasks = task_set_new();
	jobs_run(&t.jobs);
	code = filter_close(&filter);
	task_set_free(t.jobs.tasks);
	return code;
}

struct child {
	pid_t pid;
	int in, out;
	struct record_reader reader;
};

static void
begin(struct child *c, int64_t jobs, int64_t memory_max)
{
	int in[2], out[2];

	EXPECT(pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0);
	/* the test writes first and reads then */
	EXPECT(fcntl(in[1], F_SETPIPE_SZ, 1 << 20) >= 0 &&
	    fcntl(out[1], F_SETPIPE_SZ, 1 << 20) >= 0);
	fflush(stdout);
	c->pid = fork();
	if (c->pid == 0) {
		int null = open("/dev/null", O_WRONLY);

		alarm(20);
		dup2(in[0], 0);
		dup2(out[1], 1);
		dup2(null, 2);
		close(in[1]);
		close(out[0]);
		_exit(run_filter(jobs, memory_max));
	}
	close(in[0]);
	close(out[1]);
	c->in = in[1];
	c->out = out[0];
	record_reader_init(&c->reader, c->out, 1 << 20);
}

static void
put(struct child *c, int number, int wait_ms, size_t size)
{
	struct buf text = BUF_INIT;

	buf_format(&text, "{\"fe\":1,\"id\":\"01ARZ3NDEKTSV4RRFFQ69%05d\","
	    "\"wait\":%d,\"size\":%zu}\n", number, wait_ms, size);
	for (size_t i = 0; i < size; i++)
		buf_append_char(&text, 'x');
	EXPECT(io_write(c->in, text.p, text.n) == 0);
	buf_free(&text);
}

static void
put_mark(struct child *c, int n)
{
	char mark[40];
	int length = snprintf(mark, sizeof(mark), "{\"fe\":1,\"end\":%d}\n", n);

	EXPECT(io_write(c->in, mark, (size_t)length) == 0);
}

/* The next record's number; -1 for a mark, -2 for anything else.  `most' and
 * `held' as it states them. */
static int
get(struct child *c, int64_t *most, int64_t *held)
{
	struct err err = ERR_INIT;
	struct record *r;
	int number;

	switch (record_read(&c->reader, &r, &err)) {
	case RECORD_READ:
		number = atoi(meta_id(&r->meta).p + 21);
		if (most != NULL)
			json_integer(meta_get(&r->meta, "most"), most);
		if (held != NULL)
			json_integer(meta_get(&r->meta, "held"), held);
		record_free(r);
		return number;
	case RECORD_MARK:
		return -1;
	default:
		return -2;
	}
}

static int
finish(struct child *c)
{
	int status = -1;

	if (c->in >= 0)
		close(c->in);
	close(c->out);
	record_reader_free(&c->reader);
	waitpid(c->pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
a_record_that_waits_keeps_no_other(void)
{
	struct child c;

	begin(&c, 10, 1 << 20);
	put(&c, 1, 1500, 10);
	put(&c, 2, 1000, 10);
	put(&c, 3, 0, 10);
	EXPECT_NUMBER("quick", 3, get(&c, NULL, NULL));
	/* one that comes later is taken while the others wait */
	put(&c, 4, 0, 10);
	EXPECT_NUMBER("later", 4, get(&c, NULL, NULL));
	put_mark(&c, 4);
	put(&c, 5, 0, 10);
	put_mark(&c, 1);
	EXPECT_NUMBER("of the next segment", 5, get(&c, NULL, NULL));
	EXPECT_NUMBER("middle", 2, get(&c, NULL, NULL));
	EXPECT_NUMBER("slow", 1, get(&c, NULL, NULL));
	EXPECT_NUMBER("one mark for both", -1, get(&c, NULL, NULL));
	EXPECT_NUMBER("code", 0, finish(&c));
}

static void
a_mark_comes_after_all_its_records(void)
{
	struct child c;

	begin(&c, 10, 1 << 20);
	put(&c, 1, 1000, 10);
	put(&c, 2, 0, 10);
	put_mark(&c, 2);
	EXPECT_NUMBER("quick", 2, get(&c, NULL, NULL));
	EXPECT_NUMBER("slow", 1, get(&c, NULL, NULL));
	EXPECT_NUMBER("mark", -1, get(&c, NULL, NULL));
	/* the next segment begins when that one is over */
	put(&c, 3, 0, 10);
	put_mark(&c, 1);
	EXPECT_NUMBER("next", 3, get(&c, NULL, NULL));
	EXPECT_NUMBER("its mark", -1, get(&c, NULL, NULL));
	EXPECT_NUMBER("code", 0, finish(&c));
}

static void
no_more_at_once_than_allowed(void)
{
	int64_t most = 0;
	struct child c;

	begin(&c, 3, 1 << 20);
	for (int i = 0; i < 12; i++)
		put(&c, i, 200, 10);
	put_mark(&c, 12);
	for (int i = 0; i < 12; i++)
		EXPECT(get(&c, &most, NULL) >= 0);
	EXPECT_NUMBER("at work", 3, most);
	EXPECT_NUMBER("mark", -1, get(&c, NULL, NULL));
	EXPECT_NUMBER("code", 0, finish(&c));
}

static void
no_more_memory_than_allowed(void)
{
	int64_t most = 0, held = 0;
	struct child c;

	begin(&c, 100, 100000);
	for (int i = 0; i < 9; i++)
		put(&c, i, 200, 30000);
	/* more than there is: alone */
	put(&c, 9, 0, 200000);
	put_mark(&c, 10);
	for (int i = 0; i < 9; i++)
		EXPECT(get(&c, &most, &held) >= 0);
	EXPECT_NUMBER("held", 90000, held);
	EXPECT_NUMBER("at work", 3, most);
	EXPECT_NUMBER("large", 9, get(&c, NULL, &held));
	EXPECT_NUMBER("held with it", 200000, held);
	EXPECT_NUMBER("mark", -1, get(&c, NULL, NULL));
	EXPECT_NUMBER("code", 0, finish(&c));
}

static void
a_dead_neighbour_gets_what_is_whole_done(void)
{
	struct child c;

	begin(&c, 10, 1 << 20);
	put(&c, 1, 1000, 10);
	put(&c, 2, 0, 10);
	EXPECT_NUMBER("quick", 2, get(&c, NULL, NULL));
	close(c.in);
	c.in = -1;
	EXPECT_NUMBER("slow", 1, get(&c, NULL, NULL));
	EXPECT_NUMBER("no mark", -2, get(&c, NULL, NULL));
	EXPECT_NUMBER("code", 75, finish(&c));
}

static void
nothing_waits_for_a_reader_that_is_gone(void)
{
	int64_t start = clock_monotonic_ms();
	struct child c;

	begin(&c, 10, 1 << 20);
	put(&c, 1, 15000, 10);
	put(&c, 2, 100, 10);
	close(c.out);
	put_mark(&c, 2);
	EXPECT_NUMBER("code", 75, finish(&c));
	EXPECT(clock_monotonic_ms() - start < 12000);
}

static void
without_tasks_one_after_the_other(void)
{
	int64_t most = 0;
	struct child c;

	begin(&c, 0, 0);
	put(&c, 1, 50, 10);
	put(&c, 2, 0, 10);
	put_mark(&c, 2);
	EXPECT_NUMBER("first", 1, get(&c, NULL, NULL));
	EXPECT_NUMBER("second", 2, get(&c, &most, NULL));
	EXPECT_NUMBER("at work", 1, most);
	EXPECT_NUMBER("mark", -1, get(&c, NULL, NULL));
	EXPECT_NUMBER("code", 0, finish(&c));
}

int
main(void)
{
	signal(SIGPIPE, SIG_IGN);
	UNIT_RUN(a_record_that_waits_keeps_no_other);
	UNIT_RUN(a_mark_comes_after_all_its_records);
	UNIT_RUN(no_more_at_once_than_allowed);
	UNIT_RUN(no_more_memory_than_allowed);
	UNIT_RUN(a_dead_neighbour_gets_what_is_whole_done);
	UNIT_RUN(nothing_waits_for_a_reader_that_is_gone);
	UNIT_RUN(without_tasks_one_after_the_other);
	return UNIT_RESULT;
}
