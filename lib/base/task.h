/* SPDX-License-Identifier: ISC */
#ifndef FE_BASE_TASK_H
#define FE_BASE_TASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Tasks: functions that wait without keeping others from their work.  There
 * is one thread; each task has a stack of its own and runs until it waits or
 * returns.  So code in a task reads from top to bottom and needs no locks:
 * between two waits nothing else runs.  Code that may run in a task or not
 * asks task_running(), and waits by itself where there is none.
 *
 *	task_start(set, work, thing);            runs until it first waits
 *	while (task_set_count(set) > 0)
 *		task_set_turn(set, -1, -1);
 */
#define TASK_STACK_SIZE ((size_t)256 << 10) /* a page of it when touched */

struct task;
struct task_set;

struct task_set *task_set_new(void);
/* Accepts NULL.  No task may be left. */
void task_set_free(struct task_set *set);
size_t task_set_count(const struct task_set *set);

/* Not in a task: makes one, and lets it run until it waits. */
void task_start(struct task_set *set, void (*run)(void *arg), void *arg);
/* The task that runs now; NULL outside of any, and for no set. */
struct task *task_running(const struct task_set *set);
/* In a task: lets the others run until it is woken (true), or until_ms
 * (clock_monotonic_ms) has come or the set is ending (false). */
bool task_wait(struct task_set *set, int64_t until_ms);
/* The same until a descriptor is ready for `events' of poll(2). */
bool task_wait_fd(struct task_set *set, int fd, short events,
    int64_t until_ms);
/* It goes on in the next turn. */
void task_wake(struct task *task);
/* CPU time that the running task has used so far, in microseconds; what the
 * loop used before it is counted in. */
int64_t task_cpu_us(struct task_set *set);

/* A descriptor that tasks share: when it is readable `readable' is called,
 * outside of any task, to wake those whom it concerns. */
void task_set_watch(struct task_set *set, int fd,
    void (*readable)(void *cookie), void *cookie);
void task_set_unwatch(struct task_set *set, int fd); /* unknown: nothing */

/* Not in a task: waits until a task can go on or `fd' (-1: none) is readable,
 * timeout_ms at most (below 0: for ever), and lets all tasks run that can.
 * True when fd is readable, or at its end. */
bool task_set_turn(struct task_set *set, int fd, int64_t timeout_ms);
/* From now on no task waits: each ends as soon as it can. */
void task_set_end(struct task_set *set);

#endif
