/* SPDX-License-Identifier: ISC */
/*
 * The connection's reader and writer.  What it reads is not looked at here
 * but for LFs.
 */
#include "line.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"

static bool
is_socket(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode);
}

static void
set_time(int fd, int option, int64_t ms)
{
	struct timeval time = {
	    .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};

	if (ms > 0)
		setsockopt(fd, SOL_SOCKET, option, &time, sizeof(time));
}

void
line_open(struct line *l, int in, int out, int64_t tick_ms, int64_t write_ms,
    const volatile sig_atomic_t *stop)
{
	*l = (struct line){.in = in, .out = out, .stop = stop,
	    .input = BUF_LIMITED(2 * LINE_INPUT_SIZE),
	    .output = BUF_LIMITED((size_t)1 << 20),
	    .in_socket = is_socket(in)};
	io_set_nonblocking(in, false);
	io_set_nonblocking(out, false);
	if (l->in_socket)
		set_time(in, SO_RCVTIMEO, tick_ms);
	if (is_socket(out))
		set_time(out, SO_SNDTIMEO, write_ms);
}

void
line_close(struct line *l)
{
	tls_free(l->tls, !l->broken);
	l->tls = NULL;
	buf_free(&l->input);
	buf_free(&l->output);
}

struct slice
line_ahead(const struct line *l)
{
	return slice_part(buf_slice(&l->input), l->used, l->input.n);
}

void
line_skip(struct line *l, size_t n)
{
	l->used += n;
	if (l->used < l->input.n)
		return;
	buf_reset(&l->input);
	l->used = 0;
}

size_t
line_discard(struct line *l)
{
	size_t n = line_ahead(l).n;

	line_skip(l, n);
	return n;
}

bool
line_has_next(const struct line *l)
{
	struct slice ahead = line_ahead(l);

	return ahead.n > 0 && memchr(ahead.p, '\n', ahead.n) != NULL;
}

bool
line_peek(const struct line *l)
{
	struct pollfd p = {.fd = l->in, .events = POLLIN};
	char octet;

	if (line_ahead(l).n > 0)
		return true;
	if (l->in_socket) /* which tells octets from the end */
		return recv(l->in, &octet, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
	return poll(&p, 1, 0) > 0 && (p.revents & POLLIN) != 0;
}

static int
flush(struct line *l, bool last)
{
	int done = 0;

	if (l->output.n == 0)
		return 0;
	if (!l->broken && l->tls != NULL)
		done = tls_write(l->tls, l->output.p, l->output.n);
	else if (!l->broken)
		for (size_t at = 0; at < l->output.n;) {
			const char *p = l->output.p + at;
			ssize_t n = last
			    ? send(l->out, p, l->output.n - at, MSG_MORE)
			    : write(l->out, p, l->output.n - at);

			if (n < 0 && errno == EINTR)
				continue;
			if (n < 0) { /* EAGAIN: the time for writing is up */
				done = -1;
				break;
			}
			at += (size_t)n;
		}
	if (done < 0)
		l->broken = true;
	buf_reset(&l->output);
	return l->broken ? -1 : 0;
}

int
line_flush(struct line *l)
{
	return flush(l, false);
}

int
line_flush_last(struct line *l)
{
	/* a close with octets unread is a reset, which takes with it what has
	 * not gone out */
	return flush(l, l->alone && l->in_socket && !line_peek(l));
}

/* One read; -1 with EINTR or EAGAIN are for the caller to weigh. */
static ssize_t
read_some(struct line *l, size_t n, int64_t deadline_ms)
{
	char *to = l->input.p + l->input.n;

	if (l->tls != NULL)
		return tls_read(l->tls, to, n);
	if (!l->in_socket) {
		struct pollfd p = {.fd = l->in, .events = POLLIN};
		int64_t left = deadline_ms - clock_monotonic_ms();
		int ready = poll(&p, 1,
		    left < 0 ? 0 : left > INT32_MAX ? INT32_MAX : (int)left);

		if (ready == 0)
			errno = EAGAIN;
		if (ready <= 0)
			return -1;
	}
	return read(l->in, to, n);
}

enum line_result
line_fill(struct line *l, int64_t deadline_ms)
{
	return line_fill_most(l, LINE_INPUT_SIZE, deadline_ms);
}

enum line_result
line_fill_most(struct line *l, size_t most, int64_t deadline_ms)
{
	if (line_flush(l) < 0)
		return LINE_FAILED;
	if (l->used > 0) {
		buf_remove(&l->input, 0, l->used);
		l->used = 0;
	}
	if (buf_reserve(&l->input, most) < 0)
		return LINE_FAILED; /* our own mistake: nobody skips */
	for (;;) {
		ssize_t n;

		if (l->stop != NULL && *l->stop)
			return LINE_STOPPED;
		n = read_some(l, most, deadline_ms);
		if (n > 0) {
			l->input.n += (size_t)n;
			l->input.p[l->input.n] = '\0';
			return LINE_OK;
		}
		if (n == 0)
			return LINE_END;
		if (errno != EINTR && errno != EAGAIN)
			return LINE_FAILED;
		if (clock_monotonic_ms() >= deadline_ms)
			return LINE_TIMEOUT;
	}
}

enum line_result
line_next(struct line *l, size_t max, int64_t deadline_ms, struct slice *line)
{
	bool too_long = false;
	size_t seen = 0; /* octets ahead known to hold no LF */

	for (;;) {
		struct slice ahead = line_ahead(l);
		const char *lf = ahead.n > seen
		    ? memchr(ahead.p + seen, '\n', ahead.n - seen)
		    : NULL;
		enum line_result result;

		if (lf != NULL) {
			*line = slice_part(ahead, 0, (size_t)(lf - ahead.p));
			l->used += line->n + 1;
			return too_long || line->n > max ? LINE_TOO_LONG
							 : LINE_OK;
		}
		seen = ahead.n;
		if (ahead.n > max) {
			too_long = true;
			line_skip(l, ahead.n);
			seen = 0;
		}
		if (clock_monotonic_ms() >= deadline_ms)
			return LINE_TIMEOUT;
		result = line_fill(l, deadline_ms);
		if (result != LINE_OK)
			return result;
	}
}
