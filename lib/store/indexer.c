/* SPDX-License-Identifier: ISC */
/*
 * Keeper, spawner and indexer (indexer.h).  Between keeper and spawner pass
 * single octets and, back, one descriptor; between keeper and indexer
 * requests and replies with their length in front.  The message itself lies
 * in shared memory, which the indexer has mapped read-only.
 */
#include "indexer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/process.h"
#include "base/sandbox.h"
#include "index_message.h"

/* Above this much the memory of a message goes back to the system. */
#define SHARED_KEEP ((size_t)1 << 20)
/* Of all header operations of one request. */
#define REQUEST_MAX ((size_t)2 << 20)

struct indexer {
	int spawner_fd; /* to the spawner */
	pid_t spawner;
	int child_fd; /* to the indexer; -1: none */
	char *shared;
	size_t size;
};

struct request {
	uint64_t size; /* octets of the message in the shared memory */
	uint32_t record, entry; /* octets of the two lists that follow */
};

/* 0, or -1 when the time is up or the other end is gone. */
static int
wait_for(int fd, short events, int64_t until_ms)
{
	struct pollfd poll_fd = {fd, events, 0};

	for (;;) {
		int64_t left = until_ms - clock_monotonic_ms();
		int got = poll(&poll_fd, 1, left > 0 ? (int)left : 0);

		if (got > 0)
			return 0;
		if (got == 0 || errno != EINTR)
			return -1;
	}
}

#define READ_FIRST ((size_t)16 << 10)
#define FOREVER (-1)

/* Reads until n octets are there, and what comes along with them.  0, or -1
 * when the time is up or the other end is gone. */
static int
fill(int fd, struct buf *b, size_t n, int64_t until_ms)
{
	while (b->n < n) {
		size_t room = n - b->n > READ_FIRST ? n - b->n : READ_FIRST;
		ssize_t got;

		if (until_ms != FOREVER && wait_for(fd, POLLIN, until_ms) < 0)
			return -1;
		buf_reserve(b, room);
		got = io_read(fd, b->p + b->n, room);
		if (got == 0 || (got < 0 && errno != EAGAIN))
			return -1;
		if (got > 0)
			b->n += (size_t)got;
	}
	return 0;
}

/* ---- the indexer ---- */

static int
answer(int fd, const char *shared, const struct request *request,
    const char *text)
{
	struct header_ops ops = {slice_of(text, request->record),
	    slice_of(text + request->record, request->entry)};
	struct buf reply = BUF_INIT;
	uint32_t n;
	int result;

	index_message(slice_of(shared, (size_t)request->size), &ops, &reply);
	n = (uint32_t)reply.n;
	result = io_write_two(fd, slice_of(&n, sizeof(n)), buf_slice(&reply));
	buf_free(&reply);
	return result;
}

static int
serve_one(int fd, const char *shared)
{
	struct request request;
	struct buf text = BUF_INIT;
	int result = -1;

	if (fill(fd, &text, sizeof(request), FOREVER) == 0) {
		memcpy(&request, text.p, sizeof(request));
		if (fill(fd, &text, sizeof(request) + request.record +
		    request.entry, FOREVER) == 0)
			result = answer(fd, shared, &request,
			    text.p + sizeof(request));
	}
	buf_free(&text);
	return result;
}

static void
indexer_main(int fd, int memory, size_t size)
{
	struct err err = ERR_INIT;
	const char *shared = mmap(NULL, size, PROT_READ, MAP_SHARED, memory, 0);

	if (shared == MAP_FAILED)
		_exit(75);
	close(memory);
	if (sandbox_enter(SANDBOX_STDIO, NULL, 0, false, &err) < 0)
		_exit(75);
	mem_stay();
	while (serve_one(fd, shared) == 0)
		;
	_exit(0);
}

/* ---- the spawner ---- */

static void
end_child(pid_t child)
{
	if (child <= 0)
		return;
	kill(child, SIGKILL);
	while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
}

static pid_t
make_child(int keeper, int memory, size_t size)
{
	struct err err = ERR_INIT;
	int pair[2];
	pid_t child;

	if (process_socketpair(pair, &err) < 0)
		return -1;
	child = fork();
	if (child == 0) {
		close(keeper);
		close(pair[0]);
		indexer_main(pair[1], memory, size);
	}
	close(pair[1]);
	if (child < 0 || process_send_fds(keeper, 'c', &pair[0], 1, &err) < 0)
		(void)io_write(keeper, "e", 1);
	close(pair[0]);
	return child;
}

/* Input and output of the keeper are not ours to hold open. */
static void
drop_stdio(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null >= 0) {
		(void)dup2(null, 0);
		(void)dup2(null, 1);
		close(null);
	}
}

static void
spawner_main(int keeper, int memory, size_t size)
{
	struct err err = ERR_INIT;
	pid_t child = -1;
	char order;

	drop_stdio();
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	if (sandbox_enter(SANDBOX_LAUNCH, NULL, 0, false, &err) < 0)
		_exit(75);
	while (io_read(keeper, &order, 1) == 1) {
		end_child(child);
		child = make_child(keeper, memory, size);
	}
	end_child(child);
	_exit(0);
}

/* ---- the keeper ---- */

/* The descriptor that others get is read-only; ours dies with the mapping. */
static int
make_shared(struct indexer *ix, int *read_only, struct err *err)
{
	char name[64];
	int memory = memfd_create("message", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int result = -1;

	if (memory < 0)
		return err_errno(err, "cannot make shared memory");
	snprintf(name, sizeof(name), "/proc/self/fd/%d", memory);
	ix->shared = MAP_FAILED;
	if (ftruncate(memory, (off_t)ix->size) == 0)
		ix->shared = mmap(NULL, ix->size, PROT_READ | PROT_WRITE,
		    MAP_SHARED, memory, 0);
	if (ix->shared != MAP_FAILED && fcntl(memory, F_ADD_SEALS,
	    F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0 &&
	    madvise(ix->shared, ix->size, MADV_DONTFORK) == 0) {
		*read_only = open(name, O_RDONLY | O_CLOEXEC);
		result = *read_only < 0 ? -1 : 0;
	}
	if (result < 0)
		err_errno(err, "cannot share memory with an indexer");
	close(memory);
	return result;
}

static int
start_spawner(struct indexer *ix, int memory, struct err *err)
{
	int pair[2];

	if (process_socketpair(pair, err) < 0)
		return -1;
	ix->spawner = process_fork(err);
	if (ix->spawner == 0) {
		close(pair[0]);
		spawner_main(pair[1], memory, ix->size);
	}
	close(pair[1]);
	ix->spawner_fd = pair[0];
	return ix->spawner < 0 ? -1 : 0;
}

int
indexer_open(struct indexer **out, int64_t size_max, struct err *err)
{
	struct indexer *ix = mem_zalloc(sizeof(*ix));
	int memory = -1, result;

	ix->spawner_fd = ix->child_fd = -1;
	ix->size = (size_t)size_max + 1;
	result = make_shared(ix, &memory, err);
	if (result == 0)
		result = start_spawner(ix, memory, err);
	if (memory >= 0)
		close(memory);
	if (result < 0) {
		indexer_close(ix);
		ix = NULL;
	}
	*out = ix;
	return result;
}

static void
drop_child(struct indexer *ix)
{
	if (ix->child_fd >= 0)
		close(ix->child_fd);
	ix->child_fd = -1;
}

void
indexer_close(struct indexer *ix)
{
	if (ix == NULL)
		return;
	drop_child(ix);
	if (ix->spawner_fd >= 0)
		close(ix->spawner_fd);
	if (ix->spawner > 0)
		while (waitpid(ix->spawner, NULL, 0) < 0 && errno == EINTR)
			;
	if (ix->shared != NULL && ix->shared != MAP_FAILED)
		munmap(ix->shared, ix->size);
	free(ix);
}

static int
need_child(struct indexer *ix, struct err *err)
{
	char octet = 0;
	size_t n = 0;

	if (ix->child_fd >= 0)
		return 0;
	if (io_write(ix->spawner_fd, "n", 1) < 0 ||
	    process_receive_fds(ix->spawner_fd, &octet, &ix->child_fd, 1, &n,
	    err) < 0 || octet != 'c' || n != 1) {
		ix->child_fd = -1;
		return err_set(err, ERR_SYSTEM, "no indexer can be started");
	}
	return io_set_nonblocking(ix->child_fd, true);
}

static int
send_all(int fd, struct slice text, int64_t until_ms)
{
	while (text.n > 0) {
		ssize_t n = write(fd, text.p, text.n);

		if (n > 0)
			text = slice_part(text, (size_t)n, text.n);
		else if (n < 0 && errno == EAGAIN) {
			if (wait_for(fd, POLLOUT, until_ms) < 0)
				return -1;
		} else if (n == 0 || errno != EINTR)
			return -1;
	}
	return 0;
}

static int
send_request(struct indexer *ix, size_t size, const struct header_ops *ops,
    int64_t until_ms)
{
	struct request request = {.size = size,
	    .record = (uint32_t)ops->record.n, .entry = (uint32_t)ops->entry.n};
	struct buf text = BUF_LIMITED(REQUEST_MAX);
	int result = -1;

	if (buf_append(&text, &request, sizeof(request)) == 0 &&
	    buf_append_slice(&text, ops->record) == 0 &&
	    buf_append_slice(&text, ops->entry) == 0)
		result = send_all(ix->child_fd, buf_slice(&text), until_ms);
	buf_free(&text);
	return result;
}

/* *text is the reply without its length. */
static int
receive_reply(struct indexer *ix, struct buf *reply, struct slice *text,
    int64_t until_ms)
{
	uint32_t n;

	if (fill(ix->child_fd, reply, sizeof(n), until_ms) < 0)
		return -1;
	memcpy(&n, reply->p, sizeof(n));
	if (n > INDEX_REPLY_MAX ||
	    fill(ix->child_fd, reply, sizeof(n) + n, until_ms) < 0)
		return -1;
	*text = slice_part(buf_slice(reply), sizeof(n), reply->n);
	return text->n == n ? 0 : -1;
}

static void
share_message(struct indexer *ix, struct slice message)
{
	if (message.n > 0)
		memcpy(ix->shared, message.p, message.n);
}

static void
unshare_message(struct indexer *ix, size_t size)
{
	if (size > SHARED_KEEP)
		(void)madvise(ix->shared + SHARED_KEEP,
		    ix->size - SHARED_KEEP, MADV_REMOVE);
}

int
indexer_run(struct indexer *ix, struct slice message,
    const struct header_ops *ops, struct indexed *out, struct err *err)
{
	int64_t until_ms;
	struct buf reply = BUF_INIT;
	struct slice text;
	int result = -1;

	indexed_free(out);
	if (message.n > ix->size)
		return err_set(err, ERR_MESSAGE, "too large for the indexer");
	if (need_child(ix, err) < 0)
		return -1;
	until_ms = clock_monotonic_ms() + INDEXER_MS;
	share_message(ix, message);
	if (send_request(ix, message.n, ops, until_ms) == 0 &&
	    receive_reply(ix, &reply, &text, until_ms) == 0)
		result = index_reply_parse(text, message.n, out);
	if (result < 0) {
		drop_child(ix);
		indexed_free(out);
		err_set(err, ERR_MESSAGE, clock_monotonic_ms() >= until_ms ?
		    "the indexer took longer than a second" :
		    "the indexer died or talked nonsense");
	}
	unshare_message(ix, message.n);
	buf_free(&reply);
	return result;
}
