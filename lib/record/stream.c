/* SPDX-License-Identifier: ISC */
/*
 * Segments over descriptors.  The neighbour is trusted as a maker of records
 * but not to be alive: whatever ends without its end mark is told from what
 * is whole.
 */
#include "record/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "base/io.h"
#include "base/mem.h"

#define READ_STEP ((size_t)64 << 10)

struct record *
record_new(void)
{
	struct record *r = mem_zalloc(sizeof(*r));

	meta_init(&r->meta);
	r->body = (struct buf)BUF_INIT;
	return r;
}

void
record_free(struct record *r)
{
	if (r == NULL)
		return;
	meta_free(&r->meta);
	buf_free(&r->body);
	free(r);
}

void
record_reader_init(struct record_reader *r, int fd, int64_t size_max)
{
	*r = (struct record_reader){
	    .fd = fd, .size_max = size_max, .ahead = BUF_INIT,
	    .room = INT64_MAX};
}

void
record_reader_init_memory(
    struct record_reader *r, struct slice stream, int64_t size_max)
{
	record_reader_init(r, -1, size_max);
	record_reader_feed(r, stream);
}

void
record_reader_feed(struct record_reader *r, struct slice first)
{
	buf_append_slice(&r->ahead, first);
}

void
record_reader_free(struct record_reader *r)
{
	buf_free(&r->ahead);
	record_free(r->partial);
	r->partial = NULL;
	r->used = 0;
}

bool
record_reader_has_ahead(const struct record_reader *r)
{
	return r->used < r->ahead.n;
}

/* Of one that has begun the memory is there already. */
bool
record_reader_has_room(const struct record_reader *r)
{
	return r->partial == NULL || r->partial->body.p != NULL ||
	    meta_size(&r->partial->meta) <= r->room;
}

int64_t
record_reader_holds(const struct record_reader *r)
{
	return r->partial == NULL || r->partial->body.p == NULL ? 0 :
	    meta_size(&r->partial->meta);
}

bool
record_reader_is_within(const struct record_reader *r)
{
	return r->partial != NULL || r->skip > 0 ||
	    record_reader_has_ahead(r);
}

struct record *
record_reader_refuse(struct record_reader *r)
{
	struct record *refused = r->partial;

	r->partial = NULL;
	r->skip = meta_size(&refused->meta);
	r->in_segment++;
	r->between = false;
	return refused;
}

static struct slice
ahead(const struct record_reader *r)
{
	return slice_part(buf_slice(&r->ahead), r->used, r->ahead.n);
}

/* What a read of a descriptor that does not block says of nothing. */
#define AGAIN (-2)

static bool
would_block(ssize_t got)
{
	return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

/* More octets behind those ahead.  1, 0 at the end of file, -1, AGAIN. */
static int
read_more(struct record_reader *r, struct err *err)
{
	ssize_t got;

	if (r->fd < 0)
		return 0;
	if (r->used == r->ahead.n) {
		buf_reset(&r->ahead);
		r->used = 0;
	} else if (r->used > READ_STEP) {
		buf_remove(&r->ahead, 0, r->used);
		r->used = 0;
	}
	buf_reserve(&r->ahead, READ_STEP);
	got = io_read(r->fd, r->ahead.p + r->ahead.n, READ_STEP);
	if (would_block(got))
		return AGAIN;
	/* who closes a socket with our last end mark unread is done too */
	if (got < 0 && errno == ECONNRESET && r->between && r->ahead.n == 0)
		return 0;
	if (got < 0)
		return err_errno(err, "cannot read records");
	r->ahead.n += (size_t)got;
	r->ahead.p[r->ahead.n] = '\0';
	return got > 0;
}

static int
dead_neighbour(struct err *err, const char *what)
{
	return err_set(err, ERR_SYSTEM, "%s: the program before this one "
	    "ended too early", what);
}

/* 1: *line is the next line without its LF, valid until the next read;
 * 0: end of file where a stream may end; AGAIN. */
static int
read_line(struct record_reader *r, struct slice *line, struct err *err)
{
	size_t seen = 0;

	for (;;) {
		struct slice s = ahead(r);
		size_t at = seen +
		    slice_find(slice_part(s, seen, s.n), '\n');
		int more;

		if (at < s.n) {
			*line = slice_part(s, 0, at);
			r->used += at + 1;
			return 1;
		}
		if (s.n >= META_SIZE_MAX)
			return err_set(err, ERR_MESSAGE,
			    "a meta is over 1 MiB");
		seen = s.n;
		more = read_more(r, err);
		if (more < 0)
			return more;
		if (more > 0)
			continue;
		if (seen > 0)
			return dead_neighbour(err, "a meta is cut short");
		if (r->between)
			return 0;
		return dead_neighbour(err, r->in_segment == 0
			? "there is no record and no end mark"
			: "the records have no end mark");
	}
}

/* 0: the body is whole; -1; AGAIN. */
static int
read_body(struct record_reader *r, struct buf *body, size_t size,
    struct err *err)
{
	struct slice s = slice_part(ahead(r), 0, size - body->n);

	buf_reserve(body, size - body->n);
	buf_append_slice(body, s);
	r->used += s.n;
	while (body->n < size) {
		ssize_t got = r->fd < 0 ? 0
		    : io_read(r->fd, body->p + body->n, size - body->n);

		if (would_block(got))
			return AGAIN;
		if (got < 0)
			return err_errno(err, "cannot read a body");
		if (got == 0)
			return dead_neighbour(err, "a body is cut short");
		body->n += (size_t)got;
	}
	if (body->p != NULL)
		body->p[body->n] = '\0';
	return 0;
}

/* What is not wanted of a body.  0: it has gone by; -1; AGAIN. */
static int
skip_body(struct record_reader *r, struct err *err)
{
	while (r->skip > 0) {
		struct slice s = ahead(r);
		int more = 1;

		if (s.n == 0)
			more = read_more(r, err);
		if (more == 0)
			return dead_neighbour(err, "a body is cut short");
		if (more < 0)
			return more;
		if ((int64_t)s.n > r->skip)
			s.n = (size_t)r->skip;
		r->used += s.n;
		r->skip -= (int64_t)s.n;
	}
	return 0;
}

/* An end mark has the member `end' and nothing else. */
static bool
is_mark(const struct meta *m)
{
	return m->n == 2 && json_name_is(m->members[1].name, SLICE("end"));
}

static int
check_mark(struct record_reader *r, const struct meta *m, struct err *err)
{
	int64_t count;

	if (json_integer(meta_get(m, "end"), &count) < 0)
		return err_set(err, ERR_MESSAGE, "an end mark has no number");
	if (count != r->in_segment) {
		err_set(err, ERR_SYSTEM, "an end mark says %lld records where "
		    "%lld came", (long long)count, (long long)r->in_segment);
		return -1;
	}
	r->in_segment = 0;
	r->between = true;
	return 0;
}

static int
check_record(struct record_reader *r, const struct meta *m, struct err *err)
{
	int64_t size = meta_size(m);

	if (!id_is_valid(meta_id(m)))
		return err_set(err, ERR_MESSAGE, "a record has no valid id");
	if (size < 0)
		return err_set(err, ERR_MESSAGE, "record '%.*s' has no size",
		    SLICE_ARG(meta_id(m)));
	if (size > r->size_max)
		return err_set(err, ERR_MESSAGE, "record '%.*s' has %lld "
		    "octets, allowed are %lld", SLICE_ARG(meta_id(m)),
		    (long long)size, (long long)r->size_max);
	return 0;
}

/* The body of r->partial; the record is the caller's once it is whole. */
static enum record_event
finish_record(struct record_reader *r, struct record **record, struct err *err)
{
	struct record *partial = r->partial;
	int got = AGAIN;

	if (record_reader_has_room(r))
		got = read_body(r, &partial->body,
		    (size_t)meta_size(&partial->meta), err);
	if (got == AGAIN)
		return RECORD_AGAIN;
	if (got < 0)
		return RECORD_BROKEN;
	r->partial = NULL;
	r->in_segment++;
	r->between = false;
	*record = partial;
	return RECORD_READ;
}

enum record_event
record_read(struct record_reader *r, struct record **record, struct err *err)
{
	enum record_event event = RECORD_BROKEN;
	struct record *made;
	struct slice line;
	int got;

	*record = NULL;
	if (r->partial != NULL)
		return finish_record(r, record, err);
	got = skip_body(r, err);
	if (got < 0)
		return got == AGAIN ? RECORD_AGAIN : RECORD_BROKEN;
	got = read_line(r, &line, err);
	if (got <= 0)
		return got == 0 ? RECORD_END
		    : got == AGAIN ? RECORD_AGAIN
				   : RECORD_BROKEN;
	made = mem_zalloc(sizeof(*made));
	made->body = (struct buf)BUF_INIT;
	if (meta_parse(&made->meta, line, err) < 0)
		goto out;
	if (is_mark(&made->meta)) {
		if (check_mark(r, &made->meta, err) == 0)
			event = RECORD_MARK;
		goto out;
	}
	if (check_record(r, &made->meta, err) < 0)
		goto out;
	r->partial = made;
	return finish_record(r, record, err);
out:
	record_free(made);
	return event;
}

void
record_writer_init(struct record_writer *w, int fd)
{
	*w = (struct record_writer){.fd = fd, .line = BUF_INIT};
}

void
record_writer_free(struct record_writer *w)
{
	buf_free(&w->line);
}

int
record_write_head(struct record_writer *w, struct record *r, struct err *err)
{
	if (meta_size(&r->meta) != (int64_t)r->body.n)
		meta_set_integer(&r->meta, "size", (int64_t)r->body.n);
	buf_truncate(&w->line, 0);
	if (meta_write(&r->meta, &w->line, err) < 0)
		return -1;
	w->in_segment++;
	return 0;
}

int
record_write(struct record_writer *w, struct record *r, struct err *err)
{
	if (record_write_head(w, r, err) < 0)
		return -1;
	if (io_write_two(w->fd, buf_slice(&w->line), buf_slice(&r->body)) < 0)
		return err_errno(err, "cannot write a record");
	return 0;
}

int
record_write_mark(struct record_writer *w, struct err *err)
{
	buf_truncate(&w->line, 0);
	buf_format(&w->line, "{\"fe\":1,\"end\":%lld}\n",
	    (long long)w->in_segment);
	if (io_write(w->fd, w->line.p, w->line.n) < 0)
		return err_errno(err, "cannot write the end of the records");
	w->in_segment = 0;
	return 0;
}
