/* SPDX-License-Identifier: ISC */
/*
 * A resident pipeline behind two pipes that do not block.  It is trusted to
 * keep the format and not to live.
 */
#include "record/resident.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/mem.h"
#include "base/process.h"

#define PIPE_SIZE (1 << 20) /* asked for; the kernel may give less */
#define END_WAIT_MS 2000    /* for a group to end, and to be reaped */
#define DEATH_WAIT_MS 50

struct pool_item *
pool_item_new(struct record *record, void *owner, int64_t wait_ms)
{
	struct pool_item *item = mem_zalloc(sizeof(*item));
	int64_t deadline = meta_deadline_ms(&record->meta);

	item->record = record;
	item->line = (struct buf)BUF_INIT;
	item->owner = owner;
	item->since_ms = clock_monotonic_ms();
	if (deadline >= 0)
		wait_ms = deadline - clock_now_ms();
	item->until_ms = item->since_ms + (wait_ms > 0 ? wait_ms : 0);
	return item;
}

void
pool_item_free(struct pool_item *item)
{
	if (item == NULL)
		return;
	record_free(item->record);
	buf_free(&item->line);
	free(item);
}

static int
make_pipe(int ends[2], int ours, struct err *err)
{
	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_errno(err, "cannot make a pipe");
	/* fewer wake-ups for large bodies; the default will do as well */
	if (fcntl(ends[ours], F_SETPIPE_SZ, PIPE_SIZE) < 0)
		errno = 0;
	if (io_set_nonblocking(ends[ours], true) < 0) {
		err_errno(err, "cannot prepare a pipe");
		close(ends[0]);
		close(ends[1]);
		return -1;
	}
	return 0;
}

int
resident_start(struct resident *p, char *const argv[], int64_t size_max,
    struct err *err)
{
	int to[2], from[2];

	if (make_pipe(to, 1, err) < 0)
		return -1;
	if (make_pipe(from, 0, err) < 0) {
		close(to[0]);
		close(to[1]);
		return -1;
	}
	*p = (struct resident){
	    .in = to[1], .out = from[0], .owed_end = &p->owed};
	p->pid = process_start(argv,
	    (struct process_fd[]){{to[0], 0}, {from[1], 1}}, 2, err);
	close(to[0]);
	close(from[1]);
	if (p->pid < 0) {
		close(p->in);
		close(p->out);
		p->pid = 0;
		return -1;
	}
	record_reader_init(&p->answers, p->out, size_max);
	p->started_ms = clock_monotonic_ms();
	return 0;
}

bool
resident_is_free(const struct resident *p)
{
	return p->pid > 0 && p->writing == NULL && !p->ending;
}

void
resident_give(struct resident *p, struct pool_item *item)
{
	item->next = NULL;
	*p->owed_end = item;
	p->owed_end = &item->next;
	p->owed_n++;
	p->taken++;
	p->writing = item;
	p->written = 0;
}

/* The end mark is shorter than PIPE_BUF: written whole or not at all. */
static int
write_mark(struct resident *p)
{
	struct buf mark = BUF_INIT;
	ssize_t n;

	buf_format(&mark, "{\"fe\":1,\"end\":%lld}\n", (long long)p->taken);
	do
		n = write(p->in, mark.p, mark.n);
	while (n < 0 && errno == EINTR);
	buf_free(&mark);
	if (n < 0 && errno == EAGAIN)
		return 0;
	close(p->in);
	p->in = -1;
	return n < 0 ? -1 : 0;
}

int
resident_write(struct resident *p)
{
	struct slice line, body;

	if (p->writing == NULL)
		return p->ending && p->in >= 0 ? write_mark(p) : 0;
	line = buf_slice(&p->writing->line);
	body = buf_slice(&p->writing->record->body);
	while (p->written < line.n + body.n) {
		struct slice first =
		    slice_part(line, p->written, line.n);
		struct slice second = slice_part(body,
		    p->written > line.n ? p->written - line.n : 0, body.n);
		struct iovec parts[2] = {
		    {(void *)(uintptr_t)first.p, first.n},
		    {(void *)(uintptr_t)second.p, second.n}};
		ssize_t n = writev(p->in, parts, 2);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : -1;
		p->written += (size_t)n;
	}
	p->writing = NULL;
	return p->ending ? write_mark(p) : 0;
}

bool
resident_wants_write(const struct resident *p)
{
	return p->pid > 0 && p->in >= 0 && (p->writing != NULL || p->ending);
}

static struct pool_item *
take_owed(struct resident *p, struct slice id)
{
	for (struct pool_item **at = &p->owed; *at != NULL;
	     at = &(*at)->next) {
		struct pool_item *item = *at;

		/* an answer to what was not written whole is none */
		if (item == p->writing ||
		    !slice_equal(meta_id(&item->record->meta), id))
			continue;
		*at = item->next;
		if (p->owed_end == &item->next)
			p->owed_end = at;
		item->next = NULL;
		p->owed_n--;
		return item;
	}
	return NULL;
}

enum record_event
resident_read(struct resident *p, struct record **answer,
    struct pool_item **item, struct err *err)
{
	enum record_event event = record_read(&p->answers, answer, err);

	*item = NULL;
	if (event != RECORD_READ)
		return event;
	*item = take_owed(p, meta_id(&(*answer)->meta));
	if (*item == NULL) {
		record_free(*answer);
		*answer = NULL;
		return RECORD_MARK;
	}
	p->answered++;
	return RECORD_READ;
}

void
resident_finish(struct resident *p)
{
	p->ending = true;
}

struct pool_item *
resident_stop(struct resident *p, int *status)
{
	struct pool_item *owed = p->owed;

	*status = 0;
	if (p->pid > 0) {
		/* where the leader ends by itself its status counts */
		if (process_wait(p->pid,
			p->ending ? END_WAIT_MS : DEATH_WAIT_MS,
			status) != 1) {
			process_kill(p->pid, SIGKILL);
			process_wait(p->pid, END_WAIT_MS, status);
		}
		process_kill(p->pid, SIGKILL);
		record_reader_free(&p->answers);
		close(p->out);
		if (p->in >= 0)
			close(p->in);
	}
	*p = (struct resident){.in = -1, .out = -1, .owed_end = &p->owed};
	return owed;
}
