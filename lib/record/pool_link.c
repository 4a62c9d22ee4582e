/* SPDX-License-Identifier: ISC */
/*
 * A client's end of a pool.  Keeps the meta of each record that is in the
 * pool's hand, to answer for it when the pool is gone.
 */
#include "record/pool_link.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/unix_socket.h"
#include "record/receipt.h"

struct entry {
	struct record *record; /* owed: the meta alone; else the answer */
	struct entry *next;
};

struct pool_link {
	char *path;
	int64_t size_max;
	int fd;
	struct record_reader reader;
	struct record_writer writer;
	struct entry *owed, *answers;
	size_t owed_n;
};

struct pool_link *
pool_link_new(const char *path, int64_t size_max)
{
	struct pool_link *link = mem_zalloc(sizeof(*link));

	link->path = mem_text(path);
	link->size_max = size_max;
	link->fd = -1;
	return link;
}

static void
append(struct entry **list, struct record *r)
{
	struct entry *entry = mem_zalloc(sizeof(*entry));

	while (*list != NULL)
		list = &(*list)->next;
	entry->record = r;
	*list = entry;
}

static struct record *
take_first(struct entry **list)
{
	struct entry *entry = *list;
	struct record *r;

	if (entry == NULL)
		return NULL;
	r = entry->record;
	*list = entry->next;
	free(entry);
	return r;
}

static struct record *
take_owed(struct pool_link *link, struct slice id)
{
	for (struct entry **at = &link->owed; *at != NULL; at = &(*at)->next)
		if (slice_equal(meta_id(&(*at)->record->meta), id)) {
			link->owed_n--;
			return take_first(at);
		}
	return NULL;
}

static void
answer_deferred(struct pool_link *link, struct record *owed)
{
	append(&link->answers,
	    receipt_deferral(&owed->meta, "4.3.2", "try again later"));
	record_free(owed);
}

/* What was in its hand may be stored or not: a retry finds out. */
static void
lose_pool(struct pool_link *link, const char *why)
{
	struct record *owed;

	log_warning("pool '%s': %s", link->path, why);
	record_reader_free(&link->reader);
	record_writer_free(&link->writer);
	if (link->fd >= 0)
		close(link->fd);
	link->fd = -1;
	link->owed_n = 0;
	while ((owed = take_first(&link->owed)) != NULL)
		answer_deferred(link, owed);
}

static bool
reach_pool(struct pool_link *link, struct err *err)
{
	if (link->fd >= 0)
		return true;
	link->fd = unix_socket_connect(link->path, SOCK_STREAM, err);
	if (link->fd < 0)
		return false;
	io_set_nonblocking(link->fd, true);
	record_reader_init(&link->reader, link->fd, link->size_max);
	record_writer_init(&link->writer, link->fd);
	return true;
}

int
pool_link_fd(const struct pool_link *link)
{
	return link->fd;
}

void
pool_link_receive(struct pool_link *link)
{
	struct record *answer, *owed;
	struct err err = ERR_INIT;

	if (link->fd < 0)
		return;
	do
		switch (record_read(&link->reader, &answer, &err)) {
		case RECORD_READ:
			owed = take_owed(link, meta_id(&answer->meta));
			if (owed != NULL)
				append(&link->answers, answer);
			else
				record_free(answer);
			record_free(owed);
			break;
		case RECORD_MARK:
		case RECORD_AGAIN:
			return;
		case RECORD_END:
			lose_pool(link, "it has closed the connection");
			return;
		case RECORD_BROKEN:
			lose_pool(link, err.text);
			return;
		}
	while (record_reader_has_ahead(&link->reader));
}

/* The pool reads no more from one who does not read its answers: both ways at
 * once.  0, or -1: then the connection is lost already, or *err says why. */
static int
write_all(struct pool_link *link, struct slice octets, struct err *err)
{
	while (octets.n > 0 && link->fd >= 0) {
		struct pollfd p = {.fd = link->fd, .events = POLLIN | POLLOUT};
		ssize_t n = send(link->fd, octets.p, octets.n, MSG_NOSIGNAL);

		if (n >= 0)
			octets = slice_part(octets, (size_t)n, octets.n);
		else if (errno != EAGAIN && errno != EINTR)
			return err_errno(err, "cannot write a record");
		else if (poll(&p, 1, -1) > 0 &&
		    (p.revents & (POLLIN | POLLHUP | POLLERR)) != 0)
			pool_link_receive(link);
	}
	return link->fd < 0 ? -1 : 0;
}

void
pool_link_send(struct pool_link *link, struct record *r)
{
	struct err err = ERR_INIT;
	bool reached = reach_pool(link, &err) &&
	    record_write_head(&link->writer, r, &err) == 0;
	struct buf body = r->body;

	/* while it is written an end of the pool's may take the record */
	r->body = (struct buf)BUF_INIT;
	append(&link->owed, r);
	link->owed_n++;
	if (!reached)
		lose_pool(link, err.text);
	else if ((write_all(link, buf_slice(&link->writer.line), &err) < 0 ||
	    write_all(link, buf_slice(&body), &err) < 0) && link->fd >= 0)
		lose_pool(link, err.text);
	buf_free(&body);
}

struct record *
pool_link_take(struct pool_link *link)
{
	return take_first(&link->answers);
}

size_t
pool_link_owed(const struct pool_link *link)
{
	return link->owed_n + (link->answers != NULL);
}

void
pool_link_free(struct pool_link *link)
{
	struct record *r;

	while ((r = take_first(&link->owed)) != NULL)
		record_free(r);
	while ((r = take_first(&link->answers)) != NULL)
		record_free(r);
	if (link->fd >= 0) {
		/* all is answered: a pool that is gone now harms nobody */
		record_write_mark(&link->writer, NULL);
		record_reader_free(&link->reader);
		record_writer_free(&link->writer);
		close(link->fd);
	}
	free(link->path);
	free(link);
}
