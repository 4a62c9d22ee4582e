/* SPDX-License-Identifier: ISC */
/*
 * Records out, receipts in, never waiting beyond the deadline for either: the
 * descriptors do not block, and one poll(2) watches both, since a pipeline
 * may die or answer while it is still being written to.
 */
#include "pipeline.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"

#define READ_SIZE 16384

void
pipeline_init(struct pipeline *p,
    int (*start)(void *context, int *to, int *from, struct err *err),
    void (*kill)(void *context), void *context)
{
	*p = (struct pipeline){.start = start, .kill = kill,
	    .context = context, .to = -1, .from = -1,
	    .input = BUF_LIMITED(META_SIZE_MAX + READ_SIZE)};
}

static void
hang_up(struct pipeline *p)
{
	if (p->to >= 0)
		close(p->to);
	if (p->from >= 0 && p->from != p->to)
		close(p->from);
	p->to = p->from = -1;
	p->sent = 0;
	buf_reset(&p->input);
}

int
pipeline_ensure(struct pipeline *p, struct err *err)
{
	if (p->to >= 0)
		return 0;
	if (p->start(p->context, &p->to, &p->from, err) < 0)
		return -1;
	if (io_set_nonblocking(p->to, true) == 0 && (p->from == p->to ||
	    io_set_nonblocking(p->from, true) == 0))
		return 0;
	err_errno(err, "cannot use the pipes of the delivery");
	hang_up(p);
	return -1;
}

/* Is there room to write, or something to read?  0: the time is up. */
static int
wait_for(int fd, short events, int64_t deadline_ms)
{
	struct pollfd p = {.fd = fd, .events = events};
	int64_t left = deadline_ms - clock_monotonic_ms();

	if (left <= 0)
		return 0;
	return poll(&p, 1, left > INT32_MAX ? INT32_MAX : (int)left) != 0;
}

static enum pipeline_result
died(struct err *err, const char *how)
{
	err_set(err, ERR_SYSTEM, "%s", how);
	return PIPELINE_DIED;
}

/* Writes all parts; PIPELINE_RECEIPT means done. */
static enum pipeline_result
write_parts(struct pipeline *p, struct iovec *parts, int n,
    int64_t deadline_ms, struct err *err)
{
	while (n > 0) {
		ssize_t done = writev(p->to, parts, n);

		if (done < 0 && errno == EAGAIN) {
			if (wait_for(p->to, POLLOUT, deadline_ms) == 0)
				return PIPELINE_TIMEOUT;
			continue;
		}
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return died(err, "delivery does not read on");
		while (n > 0 && (size_t)done >= parts->iov_len) {
			done -= (ssize_t)parts->iov_len;
			parts++;
			n--;
		}
		if (n > 0) {
			parts->iov_base = (char *)parts->iov_base + done;
			parts->iov_len -= (size_t)done;
		}
	}
	return PIPELINE_RECEIPT;
}

/* Takes the next whole line off the input: -1 none there. */
static int
take_line(struct pipeline *p, struct meta *m, bool *bad)
{
	char *lf = p->input.n > 0 ? memchr(p->input.p, '\n', p->input.n) : NULL;
	size_t n;

	if (lf == NULL)
		return -1;
	n = (size_t)(lf - p->input.p);
	*bad = meta_parse(m, slice_of(p->input.p, n), NULL) < 0 ||
	    meta_size(m) > 0;
	buf_remove(&p->input, 0, n + 1);
	return 0;
}

static enum pipeline_result
wait_for_receipt(struct pipeline *p, struct slice id, int64_t deadline_ms,
    struct meta *receipt, struct err *err)
{
	for (;;) {
		bool bad = false;
		ssize_t n;

		while (take_line(p, receipt, &bad) == 0) {
			if (!bad && slice_equal(meta_id(receipt), id))
				return PIPELINE_RECEIPT;
			meta_free(receipt);
			if (bad)
				return died(err, "delivery answered with what "
				    "is no receipt; does it end in fe-store?");
		}
		if (buf_reserve(&p->input, READ_SIZE) < 0)
			return died(err, "delivery answered with too long a "
			    "line");
		/* it is seldom there at once: polling first saves a call */
		if (wait_for(p->from, POLLIN, deadline_ms) == 0)
			return PIPELINE_TIMEOUT;
		n = read(p->from, p->input.p + p->input.n, READ_SIZE);
		if (n > 0) {
			p->input.n += (size_t)n;
			p->input.p[p->input.n] = '\0';
		} else if (n == 0) {
			return died(err, "delivery has ended");
		} else if (errno != EAGAIN && errno != EINTR) {
			return died(err, "cannot read from the delivery");
		}
	}
}

static struct iovec
part(struct slice s)
{
	return (struct iovec){(void *)(uintptr_t)s.p, s.n};
}

enum pipeline_result
pipeline_deliver(struct pipeline *p, struct slice id, struct slice meta,
    struct slice head, struct slice body, int64_t deadline_ms,
    struct meta *receipt, struct err *err)
{
	enum pipeline_result result = PIPELINE_DIED;

	for (int attempt = 0; attempt < 2; attempt++) {
		struct iovec parts[3] = {part(meta), part(head), part(body)};

		if (pipeline_ensure(p, err) < 0)
			return PIPELINE_DIED;
		result = write_parts(p, parts, 3, deadline_ms, err);
		if (result == PIPELINE_RECEIPT) {
			p->sent++;
			result = wait_for_receipt(
			    p, id, deadline_ms, receipt, err);
		}
		if (result == PIPELINE_RECEIPT)
			return result;
		hang_up(p);
		p->kill(p->context);
		if (result == PIPELINE_TIMEOUT)
			err_set(err, ERR_SYSTEM,
			    "delivery did not answer by the deadline");
		if (result == PIPELINE_TIMEOUT)
			return result;
	}
	return result;
}

/* Until the pipeline has closed its end. */
static void
wait_for_end(const struct pipeline *p, int64_t deadline)
{
	char ignored[256]; /* an end mark, most often */

	for (;;) {
		ssize_t n = read(p->from, ignored, sizeof(ignored));

		if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
			return;
		if (n < 0 && wait_for(p->from, POLLIN, deadline) == 0)
			return;
	}
}

void
pipeline_end(struct pipeline *p, int64_t timeout_ms)
{
	int64_t deadline = clock_monotonic_ms() + timeout_ms;
	struct buf mark = BUF_INIT;
	struct iovec parts[1];
	if (p->to < 0) {
		buf_free(&p->input);
		return;
	}
	buf_format(&mark, "{\"fe\":1,\"end\":%lld}\n", (long long)p->sent);
	parts[0] = part(buf_slice(&mark));
	write_parts(p, parts, 1, deadline, NULL);
	buf_free(&mark);
	/* a pool does not end with us, and has answered all it was given */
	if (p->from != p->to) {
		close(p->to);
		p->to = -1;
		wait_for_end(p, deadline);
	}
	hang_up(p);
	buf_free(&p->input);
}
