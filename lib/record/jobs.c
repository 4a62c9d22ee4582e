/* SPDX-License-Identifier: ISC */
/* One loop, whether records wait for something or not. */
#include "record/jobs.h"

#include <unistd.h>

#include "base/clock.h"

struct job {
	struct jobs *jobs;
	struct record *record;
	int64_t size;
};

static void
work(struct jobs *jobs, struct record *r)
{
	bool task = task_running(jobs->tasks) != NULL;
	int64_t cpu_us, wall_us;

	if (!filter_is_final(r)) {
		cpu_us = task ? 0 : clock_cpu_us();
		wall_us = clock_monotonic_us();
		jobs->work(jobs->cookie, r);
		cpu_us = task ? task_cpu_us(jobs->tasks) :
		    clock_cpu_us() - cpu_us;
		meta_add_timing(&r->meta, jobs->filter->cmd->name, cpu_us,
		    clock_monotonic_us() - wall_us);
	}
	filter_emit(jobs->filter, r);
}

static void
run_job(void *arg)
{
	struct job job = *(const struct job *)arg;

	work(job.jobs, job.record);
	job.jobs->held -= job.size;
}

/* The next record; NULL: not now, or there is none. */
static struct record *
next(struct jobs *jobs)
{
	const char *why = jobs->obstacle != NULL
	    ? jobs->obstacle(jobs->cookie)
	    : NULL;

	if (why != NULL)
		filter_break(jobs->filter, why);
	return filter_next(jobs->filter);
}

static void
start(struct jobs *jobs, struct record *r)
{
	struct job job = {jobs, r, (int64_t)r->body.n};

	jobs->held += job.size;
	/* it copies the job before it waits */
	task_start(jobs->tasks, run_job, &job);
}

/* May another record be read? */
static bool
has_room(struct jobs *jobs)
{
	int64_t left = jobs->conf.memory_max - jobs->held;

	filter_set_room(jobs->filter, jobs->held == 0 ? INT64_MAX :
	    left > 0 ? left : 0);
	return task_set_count(jobs->tasks) < (size_t)jobs->conf.jobs &&
	    filter_has_room(jobs->filter);
}

static void
run_at_once(struct jobs *jobs)
{
	struct filter *f = jobs->filter;
	struct err err = ERR_INIT;

	if (filter_set_no_wait(f, &err) < 0) {
		output_fail(&f->output, &err);
		return;
	}
	while (!filter_has_ended(f) || task_set_count(jobs->tasks) > 0) {
		bool room = !filter_has_ended(f) && has_room(jobs);
		struct record *r = room ? next(jobs) : NULL;

		if (r != NULL)
			start(jobs, r);
		if (f->output.gone)
			task_set_end(jobs->tasks);
		if (r == NULL && !filter_has_ended(f) && has_room(jobs) &&
		    task_set_count(jobs->tasks) == 0)
			filter_wait(f);
		else if (r == NULL && !filter_has_ended(f))
			task_set_turn(jobs->tasks, has_room(jobs) ?
			    STDIN_FILENO : -1, -1);
		else if (task_set_count(jobs->tasks) > 0)
			task_set_turn(jobs->tasks, -1, r != NULL ? 0 : -1);
	}
}

void
jobs_run(struct jobs *jobs)
{
	struct record *r;

	if (jobs->tasks != NULL)
		run_at_once(jobs);
	else
		while ((r = next(jobs)) != NULL)
			work(jobs, r);
}
