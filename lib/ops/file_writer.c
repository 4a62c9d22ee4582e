/* SPDX-License-Identifier: ISC */
/*
 * The queue between who makes the octets and who writes them.  Octets are
 * copied, cache-warm, into a few rooms of 1 MiB; a full one is a job, and so
 * is the end of a file.
 */
#include "ops/file_writer.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/direct_file.h"
#include "base/mem.h"

#define ROOM_SIZE ((size_t)1 << 20)
#define ROOMS 4
#define JOBS 32

struct target {
	int fd;
	char *path;
	const void *of;
};

enum job_kind { JOB_MORE, JOB_LAST, JOB_DROP };
struct job {
	struct target *target;
	unsigned char *room; /* or NULL */
	size_t n;
	enum job_kind kind;
};

struct file_writer {
	file_writer_finish *finish;
	/* Of the caller. */
	struct target *target;
	unsigned char *room;
	size_t n;
	/* Of both. */
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	unsigned char *rooms[ROOMS];
	size_t rooms_n;
	struct job jobs[JOBS]; /* [0] is being done */
	size_t jobs_n;
	bool ending, failed;
	struct err err;
};

/* What is not whole goes. */
static int
close_target(struct file_writer *w, struct target *t, bool whole,
    struct err *err)
{
	int result = 0;

	if (whole)
		result = w->finish(t->fd, t->path, t->of, err);
	if (close(t->fd) < 0 && result == 0)
		result = err_errno(err, "cannot write '%s'", t->path);
	if (!whole || result < 0)
		unlink(t->path);
	free(t->path);
	free(t);
	return result;
}

static int
do_job(struct file_writer *w, const struct job *job, bool failed,
    struct err *err)
{
	bool whole = job->kind == JOB_LAST && !failed;
	int result = 0;

	if (job->n > 0 && !failed && job->kind != JOB_DROP &&
	    direct_write(job->target->fd, slice_of(job->room, job->n)) < 0) {
		result = err_errno(err, "cannot write '%s'",
		    job->target->path);
		whole = false;
	}
	if (job->kind != JOB_MORE && close_target(w, job->target, whole,
		result == 0 ? err : NULL) < 0)
		result = -1;
	return result;
}

static void *
run_thread(void *context)
{
	struct file_writer *w = context;

	pthread_mutex_lock(&w->mutex);
	for (;;) {
		struct err err = ERR_INIT;
		struct job job;
		bool failed;
		int result;

		while (w->jobs_n == 0 && !w->ending)
			pthread_cond_wait(&w->changed, &w->mutex);
		if (w->jobs_n == 0)
			break;
		job = w->jobs[0];
		failed = w->failed;
		pthread_mutex_unlock(&w->mutex);
		result = do_job(w, &job, failed, &err);
		pthread_mutex_lock(&w->mutex);
		if (result < 0 && !w->failed) {
			w->failed = true;
			w->err = err;
		}
		if (job.room != NULL)
			w->rooms[w->rooms_n++] = job.room;
		memmove(w->jobs, w->jobs + 1, --w->jobs_n * sizeof(*w->jobs));
		pthread_cond_broadcast(&w->changed);
	}
	pthread_mutex_unlock(&w->mutex);
	return NULL;
}

struct file_writer *
file_writer_new(file_writer_finish *finish, struct err *err)
{
	struct file_writer *w = mem_zalloc(sizeof(*w));

	w->finish = finish;
	pthread_mutex_init(&w->mutex, NULL);
	pthread_cond_init(&w->changed, NULL);
	if (pthread_create(&w->thread, NULL, run_thread, w) != 0) {
		free(w);
		err_set(err, ERR_SYSTEM, "cannot start a thread");
		return NULL;
	}
	for (size_t i = 0; i < ROOMS; i++)
		w->rooms[w->rooms_n++] = direct_alloc(ROOM_SIZE);
	return w;
}

void
file_writer_free(struct file_writer *w)
{
	if (w == NULL)
		return;
	if (w->target != NULL)
		file_writer_drop(w);
	pthread_mutex_lock(&w->mutex);
	w->ending = true;
	pthread_cond_broadcast(&w->changed);
	pthread_mutex_unlock(&w->mutex);
	pthread_join(w->thread, NULL);
	for (size_t i = 0; i < w->rooms_n; i++)
		free(w->rooms[i]);
	pthread_mutex_destroy(&w->mutex);
	pthread_cond_destroy(&w->changed);
	free(w);
}

void
file_writer_begin(struct file_writer *w, int fd, const char *path,
    const void *of)
{
	w->target = mem_alloc(sizeof(*w->target));
	*w->target = (struct target){fd, mem_text(path), of};
}

/* Hands over the room of the caller, which may be empty. */
static void
give_job(struct file_writer *w, enum job_kind kind)
{
	pthread_mutex_lock(&w->mutex);
	while (w->jobs_n == JOBS)
		pthread_cond_wait(&w->changed, &w->mutex);
	w->jobs[w->jobs_n++] = (struct job){w->target, w->room, w->n, kind};
	pthread_cond_broadcast(&w->changed);
	pthread_mutex_unlock(&w->mutex);
	w->room = NULL;
	w->n = 0;
	if (kind != JOB_MORE)
		w->target = NULL;
}

static int
get_room(struct file_writer *w, struct err *err)
{
	bool failed;

	pthread_mutex_lock(&w->mutex);
	while (w->rooms_n == 0)
		pthread_cond_wait(&w->changed, &w->mutex);
	failed = w->failed;
	if (failed && err != NULL)
		*err = w->err;
	if (!failed)
		w->room = w->rooms[--w->rooms_n];
	pthread_mutex_unlock(&w->mutex);
	return failed ? -1 : 0;
}

int
file_writer_put(struct file_writer *w, struct slice octets, struct err *err)
{
	while (octets.n > 0) {
		size_t n;

		if (w->room == NULL && get_room(w, err) < 0)
			return -1;
		n = octets.n < ROOM_SIZE - w->n ? octets.n : ROOM_SIZE - w->n;
		memcpy(w->room + w->n, octets.p, n);
		w->n += n;
		octets = slice_part(octets, n, octets.n);
		if (w->n == ROOM_SIZE)
			give_job(w, JOB_MORE);
	}
	return 0;
}

void
file_writer_end(struct file_writer *w)
{
	give_job(w, JOB_LAST);
}

void
file_writer_drop(struct file_writer *w)
{
	give_job(w, JOB_DROP);
}

int
file_writer_wait(struct file_writer *w, struct err *err)
{
	bool failed;

	pthread_mutex_lock(&w->mutex);
	while (w->jobs_n > 0)
		pthread_cond_wait(&w->changed, &w->mutex);
	failed = w->failed;
	if (failed && err != NULL)
		*err = w->err;
	pthread_mutex_unlock(&w->mutex);
	return failed ? -1 : 0;
}
