/* SPDX-License-Identifier: ISC */
/*
 * One octet with the descriptor of sealed memory goes to the child, a line of
 * JSON comes back.  The child is not trusted: of its answer only a checked
 * object is used, and content_flags_read() knows our own words alone.
 */
#include "unpacker.h"

#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "base/process.h"
#include "sealed.h"

#define ANSWER_MS_MAX 60000

void
unpacker_open(struct unpacker *u, struct porter *porter)
{
	*u = (struct unpacker){porter, -1, BUF_LIMITED(UNPACKER_ANSWER_MAX)};
}

static void
hang_up(struct unpacker *u)
{
	if (u->fd >= 0)
		close(u->fd);
	u->fd = -1;
}

void
unpacker_close(struct unpacker *u)
{
	hang_up(u);
	buf_free(&u->answer);
}

static int
ask(struct unpacker *u, int memory, struct err *err)
{
	/* a child that died since its last answer is replaced */
	for (int i = 0; i < 2; i++) {
		if (u->fd < 0)
			u->fd = porter_fetch(u->porter, PORTER_UNPACK, err);
		if (u->fd < 0)
			return -1;
		if (process_send_fds(u->fd, 'a', &memory, 1, err) == 0)
			return 0;
		hang_up(u);
	}
	return -1;
}

static int
read_answer(struct unpacker *u, int64_t until_ms, struct err *err)
{
	buf_reset(&u->answer);
	while (u->answer.n == 0 || u->answer.p[u->answer.n - 1] != '\n') {
		size_t room = u->answer.max - u->answer.n;
		int64_t left = until_ms - clock_monotonic_ms();
		ssize_t got;

		if (left > ANSWER_MS_MAX)
			left = ANSWER_MS_MAX;
		if (io_wait_readable(u->fd, left > 0 ? left : 0) != 1)
			return err_set(err, ERR_SYSTEM, "it took too long");
		if (room > 4096)
			room = 4096;
		if (room == 0 || buf_reserve(&u->answer, room) < 0)
			return err_set(err, ERR_SYSTEM, "it says too much");
		got = io_read(u->fd, u->answer.p + u->answer.n, room);
		if (got <= 0)
			return err_set(err, ERR_SYSTEM, "fe-unpack died");
		u->answer.n += (size_t)got;
	}
	buf_truncate(&u->answer, u->answer.n - 1);
	return json_check(buf_slice(&u->answer), err);
}

struct slice
unpacker_look(struct unpacker *u, int memory, int64_t until_ms)
{
	struct err err = ERR_INIT;

	if (u->porter == NULL)
		return SLICE_NONE;
	if (ask(u, memory, &err) == 0 && read_answer(u, until_ms, &err) == 0 &&
	    json_type(buf_slice(&u->answer)) == JSON_OBJECT)
		return buf_slice(&u->answer);
	hang_up(u);
	log_warning("an archive is not looked into: %s", err.text);
	return SLICE_NONE;
}

int
unpacker_serve(int socket, unsigned alarm_s,
    void (*look)(void *context, struct slice octets, struct buf *out),
    void *context, struct err *err)
{
	struct buf answer = BUF_LIMITED(UNPACKER_ANSWER_MAX);
	struct err end = ERR_INIT; /* of the socket: no error of ours */
	char order;
	size_t n = 0;
	int memory, result = 0;

	while (result == 0 && io_wait_readable(socket, -1) == 1 &&
	    process_receive_fds(socket, &order, &memory, 1, &n, &end) == 0 &&
	    n == 1) {
		struct slice octets;

		result = sealed_map(memory, &octets, err);
		close(memory);
		if (result < 0)
			break;
		alarm(alarm_s);
		buf_reset(&answer);
		look(context, octets, &answer);
		alarm(0);
		if (octets.n > 0)
			munmap((void *)(uintptr_t)octets.p, octets.n);
		buf_append_char(&answer, '\n');
		if (io_write(socket, answer.p, answer.n) < 0)
			result = err_errno(err, "cannot answer");
		n = 0;
	}
	buf_free(&answer);
	return result;
}
