/* SPDX-License-Identifier: ISC */
/*
 * Read and write loops, whole files, and replacing a file durably.  Trusts
 * its caller's paths.
 */
#include "io.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "clock.h"
#include "mem.h"

ssize_t
io_read(int fd, void *p, size_t n)
{
	ssize_t got;

	do
		got = read(fd, p, n);
	while (got < 0 && errno == EINTR);
	return got;
}

static int
wait_writable(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLOUT};

	while (poll(&p, 1, -1) < 0)
		if (errno != EINTR)
			return -1;
	return 0;
}

int
io_write(int fd, const void *p, size_t n)
{
	return io_write_two(fd, slice_of(p, n), SLICE_NONE);
}

int
io_write_two(int fd, struct slice first, struct slice second)
{
	while (first.n > 0 || second.n > 0) {
		struct iovec parts[2] = {
		    {.iov_base = (void *)(uintptr_t)first.p,
			.iov_len = first.n},
		    {.iov_base = (void *)(uintptr_t)second.p,
			.iov_len = second.n},
		};
		ssize_t done = second.n == 0
		    ? write(fd, first.p, first.n)
		    : writev(fd, parts, 2);
		size_t from_first;

		if (done < 0) {
			if (errno == EINTR)
				continue;
			if (errno == EAGAIN && wait_writable(fd) == 0)
				continue;
			return -1;
		}
		from_first = (size_t)done < first.n ? (size_t)done : first.n;
		first = slice_part(first, from_first, first.n);
		second = slice_part(
		    second, (size_t)done - from_first, second.n);
	}
	return 0;
}

int
io_read_all(int fd, const char *name, struct buf *out, struct err *err)
{
	size_t step = 16384;

	for (;;) {
		ssize_t got;

		if (buf_reserve(out, step) < 0) {
			step = out->max - out->n;
			if (step == 0) {
				char extra;

				got = io_read(fd, &extra, 1);
				if (got == 0)
					return 0;
				if (got > 0)
					return err_set(err, ERR_MESSAGE,
					    "'%s' is larger than %zu octets",
					    name, out->max);
				return err_errno(err, "cannot read '%s'", name);
			}
			buf_reserve(out, step);
		}
		got = io_read(fd, out->p + out->n, step);
		if (got < 0)
			return err_errno(err, "cannot read '%s'", name);
		if (got == 0)
			return 0;
		out->n += (size_t)got;
		out->p[out->n] = '\0';
		if ((size_t)got == step && step < (1 << 20))
			step *= 2;
	}
}

int
io_read_file(const char *path, struct buf *out, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	int result, saved;

	if (fd < 0)
		return err_errno(err, "cannot open '%s'", path);
	result = io_read_all(fd, path, out, err);
	saved = errno;
	close(fd);
	errno = saved;
	return result;
}

char *
io_folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? mem_text(".") :
	    mem_dup(path, slash == path ? 1 : (size_t)(slash - path));
}

int
io_sync_folder(const char *path, struct err *err)
{
	char *folder = io_folder_of(path);
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int result = 0;

	if (fd < 0 || fsync(fd) < 0)
		result = err_errno(err, "cannot sync folder '%s'", folder);
	if (fd >= 0)
		close(fd);
	free(folder);
	return result;
}

int
io_sync_file_system(const char *folder, struct err *err)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int result = 0;

	if (fd < 0 || syncfs(fd) < 0)
		result = err_errno(err, "cannot sync '%s'", folder);
	if (fd >= 0)
		close(fd);
	return result;
}

/* A name that a crash of the host takes away takes all below it. */
static int
sync_new_folder(const char *path, struct err *err)
{
	char *parent = io_folder_of(path);
	int fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC), result = 0;

	/* who may make it there need not be one who may look */
	if (fd >= 0 && fsync(fd) < 0)
		result = err_errno(err, "cannot sync folder '%s'", parent);
	if (fd >= 0)
		close(fd);
	free(parent);
	return result;
}

int
io_make_folders(const char *path, mode_t mode, struct err *err)
{
	char *copy = mem_text(path);
	int result = 0;

	for (char *at = copy + 1; result == 0; at++) {
		if (*at != '/' && *at != '\0')
			continue;
		char end = *at;
		*at = '\0';
		if (mkdir(copy, mode) == 0)
			result = sync_new_folder(copy, err);
		else if (errno != EEXIST)
			result = err_errno(err, "cannot make folder '%s'",
			    copy);
		*at = end;
		if (end == '\0')
			break;
	}
	free(copy);
	return result;
}

int
io_wait_readable(int fd, int64_t timeout_ms)
{
	int64_t until = clock_monotonic_ms() + timeout_ms;
	struct pollfd p = {.fd = fd, .events = POLLIN};

	for (;;) {
		int64_t left = timeout_ms < 0 ? -1
					      : until - clock_monotonic_ms();
		int ready;

		if (timeout_ms >= 0 && left < 0)
			left = 0;
		if (left > INT32_MAX)
			left = INT32_MAX;
		ready = poll(&p, 1, (int)left);
		if (ready > 0)
			return 1;
		if (ready == 0)
			return 0;
		if (errno != EINTR)
			return -1;
	}
}

int
io_wait_between(int in, int out)
{
	struct pollfd p[2] = {{.fd = in, .events = POLLIN}, {.fd = out}};

	for (;;) {
		int ready = poll(p, 2, -1);

		if (ready < 0 && errno != EINTR)
			return -1;
		if (ready > 0 && p[0].revents != 0)
			return 1;
		if (ready > 0 && (p[1].revents & POLLERR) != 0) {
			errno = EPIPE;
			return -1;
		}
		if (ready > 0) /* a socket's end: its writer will hear of it */
			p[1].fd = -1;
	}
}

int
io_set_nonblocking(int fd, bool on)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || ((flags & O_NONBLOCK) != 0) == on)
		return flags < 0 ? -1 : 0;
	return fcntl(fd, F_SETFL, flags ^ O_NONBLOCK);
}

int
io_set_close_on_exec(int fd, bool on)
{
	return fcntl(fd, F_SETFD, on ? FD_CLOEXEC : 0);
}
