/* SPDX-License-Identifier: ISC */
/*
 * A session with clamd.  Its answers `N: fd[M]: NAME FOUND' come in any order
 * and are told apart by N, which counts the commands of the session.  What
 * it says is foreign text: the name of a virus is cut and made UTF-8.
 */
#include "clamd.h"

#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "base/process.h"
#include "base/utf8.h"

#define ANSWER_MAX 4096
#define HELLO "zIDSESSION"
#define COMMAND "zFILDES"

void
clamd_open(struct clamd *c, struct clamd_service *service)
{
	*c = (struct clamd){.service = service,
	    .virus = BUF_LIMITED(CLAMD_NAME_MAX),
	    .where = BUF_LIMITED(CLAMD_NAME_MAX),
	    .why = BUF_LIMITED(CLAMD_NAME_MAX),
	    .in = BUF_LIMITED(ANSWER_MAX), .fd = -1};
}

static void
drop_session(struct clamd *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	c->sent = 0;
	c->open = 0;
	buf_reset(&c->in);
	for (size_t i = 0; i < c->n; i++)
		c->items[i].number = 0;
}

static void
end_item(struct clamd_item *item)
{
	if (item->fd >= 0)
		close(item->fd);
	item->fd = -1;
	item->number = 0;
	buf_free(&item->name);
}

static void
forget_items(struct clamd *c)
{
	for (size_t i = 0; i < c->n; i++)
		end_item(&c->items[i]);
	c->n = 0;
}

void
clamd_close(struct clamd *c)
{
	drop_session(c);
	forget_items(c);
	buf_free(&c->virus);
	buf_free(&c->where);
	buf_free(&c->why);
	buf_free(&c->in);
}

static void
append_clean(struct buf *out, struct slice text)
{
	struct buf clean = BUF_INIT;

	utf8_append_clean(&clean, slice_part(text, 0, CLAMD_NAME_MAX));
	buf_append_slice(out, utf8_cut(buf_slice(&clean), out->max - out->n));
	buf_free(&clean);
}

static void
say_unavailable(struct clamd *c, struct slice why)
{
	c->unavailable = true;
	if (c->why.n == 0)
		append_clean(&c->why, why);
}

void
clamd_begin(struct clamd *c, int64_t until_ms)
{
	int64_t now_ms = clock_monotonic_ms();
	int64_t most = c->service->timeout_ms;

	forget_items(c);
	buf_reset(&c->virus);
	buf_reset(&c->where);
	buf_reset(&c->why);
	c->found = c->unavailable = c->reopened = false;
	if (c->open > 0) /* answers to the last message are none to this */
		drop_session(c);
	if (c->service->impatient && most > CLAMD_IMPATIENT_MS)
		most = CLAMD_IMPATIENT_MS;
	c->until_ms = now_ms + most;
	if (until_ms < c->until_ms)
		c->until_ms = until_ms;
}

static int
open_session(struct clamd *c)
{
	struct err err = ERR_INIT;

	if (c->fd >= 0)
		return 0;
	c->fd = porter_fetch(c->service->porter, PORTER_CLAMD, &err);
	if (c->fd >= 0 && io_write(c->fd, HELLO, sizeof(HELLO)) == 0)
		return 0;
	say_unavailable(c, c->fd < 0 ? slice_text(err.text) :
	    SLICE("clamd closed the connection"));
	drop_session(c);
	return -1;
}

/* Command, and the descriptor beside an octet of no meaning. */
static int
send_item(struct clamd *c, struct clamd_item *item)
{
	struct err err = ERR_INIT;

	if (open_session(c) < 0)
		return -1;
	if (io_write(c->fd, COMMAND, sizeof(COMMAND)) < 0 ||
	    process_send_fds(c->fd, '\0', &item->fd, 1, &err) < 0)
		return 0; /* the end of file tells */
	item->number = ++c->sent;
	c->open++;
	return 0;
}

/* `12: fd[9]: OK' */
static int
take_answer(struct clamd *c, struct slice answer)
{
	struct slice rest = answer, number = slice_cut(&rest, ':');
	struct clamd_item *item = NULL;
	unsigned long n = 0;

	for (size_t i = 0; i < number.n && i < 9; i++)
		n = n * 10 + (unsigned)(number.p[i] - '0') % 10;
	for (size_t i = 0; i < c->n && n > 0; i++)
		if (c->items[i].number == n)
			item = &c->items[i];
	if (item == NULL) { /* an idle session has timed out, or worse */
		if (c->reopened)
			say_unavailable(c, answer);
		return -1;
	}
	if (slice_starts(slice_trim(rest), "fd["))
		slice_cut(&rest, ':');
	rest = slice_trim(rest);
	if (slice_ends(rest, " FOUND")) {
		size_t at = (size_t)(item - c->items);

		if (!c->found || at < c->found_at) {
			buf_reset(&c->virus);
			buf_reset(&c->where);
			c->found_at = at;
			append_clean(&c->virus,
			    slice_part(rest, 0, rest.n - 6));
			buf_append_slice(&c->where, buf_slice(&item->name));
		}
		c->found = true;
	} else if (!slice_is(rest, "OK")) {
		say_unavailable(c, rest);
	}
	end_item(item);
	c->open--;
	return 0;
}

static int
take_answers(struct clamd *c)
{
	size_t from = 0, end;

	while ((end = from + slice_find(slice_part(buf_slice(&c->in), from,
	    c->in.n), '\0')) < c->in.n) {
		if (take_answer(c, slice_part(buf_slice(&c->in), from,
		    end)) < 0)
			return -1;
		from = end + 1;
	}
	buf_remove(&c->in, 0, from);
	return 0;
}

static bool
wait_readable(const struct clamd *c)
{
	int64_t left = c->until_ms - clock_monotonic_ms();

	if (task_running(c->service->tasks) != NULL)
		return task_wait_fd(c->service->tasks, c->fd, POLLIN,
		    c->until_ms);
	return io_wait_readable(c->fd, left > 0 ? left : 0) == 1;
}

/* Reads until at most `open' answers are outstanding.  -1: the session is
 * gone. */
static int
wait_for_answers(struct clamd *c, size_t open)
{
	while (c->open > open) {
		ssize_t got;

		if (!wait_readable(c)) {
			say_unavailable(c, SLICE("clamd did not answer in "
			    "time"));
			c->service->impatient = true;
			drop_session(c);
			return -1;
		}
		if (c->in.n == ANSWER_MAX || buf_reserve(&c->in,
		    ANSWER_MAX - c->in.n) < 0)
			return -1;
		got = io_read(c->fd, c->in.p + c->in.n,
		    ANSWER_MAX - c->in.n);
		if (got <= 0)
			return -1;
		c->in.n += (size_t)got;
		if (take_answers(c) < 0)
			return -1;
	}
	return 0;
}

/* All that is not answered yet goes over a new session, once. */
static void
run(struct clamd *c, size_t open)
{
	for (size_t i = 0; i < c->n;) {
		struct clamd_item *item = &c->items[i];
		bool broken;

		if (item->fd < 0 || item->number > 0) {
			i++;
			continue;
		}
		if (clock_monotonic_ms() >= c->until_ms) {
			say_unavailable(c, SLICE("no time was left"));
			return;
		}
		if (send_item(c, item) < 0)
			return;
		broken = item->number == 0 ||
		    wait_for_answers(c, CLAMD_AHEAD - 1) < 0;
		if (broken && (c->unavailable || c->reopened))
			return;
		if (broken) {
			drop_session(c);
			c->reopened = true;
			i = 0;
		} else {
			i++;
		}
	}
	if (wait_for_answers(c, open) == 0 || c->unavailable)
		return;
	drop_session(c);
	if (c->reopened) {
		say_unavailable(c, SLICE("clamd closed the connection"));
		return;
	}
	c->reopened = true;
	run(c, open);
}

void
clamd_send(struct clamd *c, int fd, struct slice name)
{
	struct clamd_item *item = &c->items[c->n];

	if (c->n == CLAMD_ITEMS_MAX) {
		say_unavailable(c, SLICE("too many parts to look at"));
		close(fd);
		return;
	}
	c->n++;
	*item = (struct clamd_item){.fd = fd,
	    .name = BUF_LIMITED(CLAMD_NAME_MAX)};
	append_clean(&item->name, name);
	if (!c->unavailable)
		run(c, CLAMD_AHEAD - 1);
}

static void
say_change(struct clamd *c)
{
	if (c->unavailable == c->service->was_unavailable || c->n == 0)
		return;
	c->service->was_unavailable = c->unavailable;
	if (c->unavailable)
		log_warning("messages are not looked through for viruses: %s",
		    buf_text(&c->why));
	else
		log_warning("messages are looked through for viruses again");
}

void
clamd_finish(struct clamd *c)
{
	size_t left = 0;

	if (c->n > 0 && !c->unavailable)
		run(c, 0);
	for (size_t i = 0; i < c->n; i++)
		left += c->items[i].fd >= 0;
	if (left > 0 && !c->unavailable)
		say_unavailable(c, SLICE("clamd closed the connection"));
	if (c->n > 0 && !c->unavailable)
		c->service->impatient = false;
	if (c->unavailable)
		drop_session(c);
	say_change(c);
	for (size_t i = 0; i < c->n; i++)
		end_item(&c->items[i]);
}
