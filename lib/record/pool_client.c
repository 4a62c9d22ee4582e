/* SPDX-License-Identifier: ISC */
/*
 * One connection to a pool.
 */
#include "record/pool_client.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

#define BEHIND_OCTETS ((size_t)1 << 20)

struct pool_client *
pool_client_new(int fd, int64_t size_max)
{
	struct pool_client *c = mem_zalloc(sizeof(*c));

	c->fd = fd;
	c->out = (struct buf)BUF_INIT;
	record_reader_init(&c->reader, fd, size_max);
	return c;
}

void
pool_client_free(struct pool_client *c)
{
	close(c->fd);
	record_reader_free(&c->reader);
	buf_free(&c->out);
	free(c);
}

static void
complete_segment(struct pool_client *c)
{
	if (!c->marked || c->waiting > 0)
		return;
	buf_format(&c->out, "{\"fe\":1,\"end\":%lld}\n",
	    (long long)c->answered);
	c->answered = 0;
	c->marked = false;
}

void
pool_client_answer(struct pool_client *c, const struct record *answer)
{
	struct err err = ERR_INIT;

	c->waiting--;
	if (meta_write(&answer->meta, &c->out, &err) == 0) {
		buf_append_slice(&c->out, buf_slice(&answer->body));
		c->answered++;
	}
	complete_segment(c);
}

void
pool_client_mark(struct pool_client *c)
{
	c->marked = true;
	complete_segment(c);
}

int
pool_client_write(struct pool_client *c)
{
	while (c->out_used < c->out.n) {
		ssize_t n = send(c->fd, c->out.p + c->out_used,
		    c->out.n - c->out_used, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : -1;
		c->out_used += (size_t)n;
		c->moved_ms = clock_monotonic_ms();
	}
	buf_reset(&c->out);
	c->out_used = 0;
	return 0;
}

bool
pool_client_wants_write(const struct pool_client *c)
{
	return c->out_used < c->out.n;
}

bool
pool_client_is_behind(const struct pool_client *c)
{
	return c->out.n - c->out_used > BEHIND_OCTETS;
}

void
pool_client_break(struct pool_client *c)
{
	buf_reset(&c->out);
	c->out_used = 0;
	c->broken = true;
}

bool
pool_client_is_done(const struct pool_client *c)
{
	return c->broken && c->waiting == 0 && !pool_client_wants_write(c);
}
