/* SPDX-License-Identifier: ISC */
/*
 * Security events by datagram.
 */
#include "event_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "clock.h"
#include "home.h"
#include "unix_socket.h"

#define FD_FIRST 10
#define RETRY_MS 1000
#define QUEUE_SIZE (4 << 20) /* octets that may wait for us */

static int
reach(struct event_sender *s, int fd)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	s->retry_ms = clock_monotonic_ms() + RETRY_MS;
	memcpy(address.sun_path, s->path, sizeof(address.sun_path));
	/* a datagram socket may be connected again and again */
	return connect(fd, (struct sockaddr *)&address, sizeof(address));
}

static int
make_socket(void)
{
	return socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

/* Out of everybody's way. */
static int
move_up(int fd)
{
	int above = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, FD_FIRST);

	if (fd >= 0)
		close(fd);
	return above;
}

void
event_sender_open(struct event_sender *s, const char *source)
{
	struct buf path = BUF_INIT;

	*s = (struct event_sender){.fd = -1, .null = -1, .source = source};
	home_file(&path, "run/events");
	if (path.n < sizeof(s->path)) {
		memcpy(s->path, path.p, path.n + 1);
		s->fd = move_up(make_socket());
		s->null = move_up(open("/dev/null", O_RDONLY | O_CLOEXEC));
	}
	if (s->null < 0)
		event_sender_close(s);
	else if (s->fd >= 0)
		(void)reach(s, s->fd);
	buf_free(&path);
}

/* The kernel chooses the name: five hex digits behind a NUL. */
static int
name_socket(int fd)
{
	const struct sockaddr_un none = {.sun_family = AF_UNIX};

	return bind(fd, (const struct sockaddr *)&none,
	    sizeof(none.sun_family));
}

/* Says by the socket who its client is. */
static int
tell_client(struct event_sender *s, int fd, const char *address)
{
	const struct event event = {.name = SLICE(EVENT_CLIENT),
	    .severity = EVENT_INFO,
	    .time_ms = clock_now_ms(),
	    .source = slice_text(s->source),
	    .address = slice_text(address)};
	struct buf line = BUF_INIT;
	int result = -1;

	event_write(&event, &line);
	if (name_socket(fd) == 0 && reach(s, fd) == 0 &&
	    send(fd, line.p, line.n, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
		result = 0;
	buf_free(&line);
	return result;
}

/* When the socket was last made or changed; 0: there is none. */
static int64_t
changed_ns(const struct event_sender *s)
{
	struct stat st;

	if (stat(s->path, &st) < 0)
		return 0;
	return (int64_t)st.st_ctim.tv_sec * 1000000000 + st.st_ctim.tv_nsec;
}

/* A socket of his own that has told who he is, or one that he names himself
 * by; -1: nobody is there, or can hear it now. */
static int
make_locked(struct event_sender *s, const char *address)
{
	int fd = make_socket();

	if (fd < 0)
		return -1;
	if (address == NULL ? reach(s, fd) == 0
			    : tell_client(s, fd, address) == 0)
		return fd;
	/* a full queue may have room for the next one */
	s->mute_until_ms = errno == EAGAIN ? 0 : s->retry_ms;
	close(fd);
	return -1;
}

void
event_sender_lock(struct event_sender *s, const char *address)
{
	int64_t changed;
	int fd;

	if (s->fd < 0)
		return;
	changed = s->mute_until_ms > 0 ? changed_ns(s) : 0;
	if (changed == s->changed_ns &&
	    clock_monotonic_ms() < s->mute_until_ms)
		return;
	s->mute_until_ms = 0;
	fd = make_locked(s, address);
	if (s->mute_until_ms > 0)
		s->changed_ns = changed_ns(s);
	/* of whom nobody could be told, he says nothing either, and least of
	 * all by the socket of the one before */
	(void)!dup3(fd < 0 ? s->null : fd, s->fd, O_CLOEXEC);
	if (fd >= 0)
		close(fd);
}

void
event_sender_close(struct event_sender *s)
{
	if (s->fd >= 0)
		close(s->fd);
	if (s->null >= 0)
		close(s->null);
	s->fd = s->null = -1;
}

static int
send_line(struct event_sender *s, const struct event *event)
{
	struct buf line = BUF_INIT;
	ssize_t n;

	event_write(event, &line);
	n = send(s->fd, line.p, line.n, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n < 0 && errno != EAGAIN && clock_monotonic_ms() >= s->retry_ms) {
		(void)reach(s, s->fd);
		n = send(s->fd, line.p, line.n, MSG_DONTWAIT | MSG_NOSIGNAL);
	}
	buf_free(&line);
	return n < 0 ? -1 : 0;
}

/* One that finds a full queue: somebody listens, and is late. */
static void
tell_lost(struct event_sender *s)
{
	const struct event event = {.name = SLICE(EVENT_LOST),
	    .severity = EVENT_WARNING,
	    .time_ms = clock_now_ms(),
	    .source = slice_text(s->source),
	    .count = s->lost};

	if (s->lost > 0 && send_line(s, &event) == 0)
		s->lost = 0;
}

void
event_sender_send(struct event_sender *s, const struct event *event)
{
	struct event whole = *event;

	if (s->fd < 0)
		return;
	if (whole.time_ms == 0)
		whole.time_ms = clock_now_ms();
	if (whole.source.p == NULL)
		whole.source = slice_text(s->source);
	tell_lost(s);
	if (send_line(s, &whole) < 0 && errno == EAGAIN)
		s->lost++;
}

int
event_socket_listen(
    const char *path, mode_t mode, gid_t group, struct err *err)
{
	int on = 1, size = QUEUE_SIZE;
	int fd = unix_socket_listen(path, SOCK_DGRAM, mode, group, err);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) == 0)
		return fd;
	err_errno(err, "cannot ask who sends to '%s'", path);
	close(fd);
	return -1;
}

/* The name that the kernel gave, as a number above 0. */
static uint32_t
read_name(const struct sockaddr_un *from, size_t n)
{
	size_t begin = offsetof(struct sockaddr_un, sun_path);
	uint32_t name = 0;

	if (n != begin + 6 || from->sun_path[0] != '\0')
		return 0;
	for (size_t i = 1; i < 6; i++) {
		int digit = ascii_hex(from->sun_path[i]);

		if (digit < 0)
			return 0;
		name = name * 16 + (uint32_t)digit;
	}
	return name + 1;
}

int
event_socket_read(int fd, struct buf *line, struct event_origin *origin)
{
	union {
		struct cmsghdr header;
		char octets[CMSG_SPACE(sizeof(struct ucred))];
	} control;
	struct sockaddr_un from;
	struct iovec iov;
	struct msghdr message = {.msg_name = &from,
	    .msg_namelen = sizeof(from),
	    .msg_iov = &iov,
	    .msg_iovlen = 1,
	    .msg_control = &control,
	    .msg_controllen = sizeof(control)};
	struct cmsghdr *part;
	struct ucred who;
	ssize_t n;

	buf_truncate(line, 0);
	if (buf_reserve(line, EVENT_LINE_MAX) < 0)
		return -1;
	iov = (struct iovec){line->p, EVENT_LINE_MAX};
	do
		n = recvmsg(fd, &message, MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -1;
	line->n = (size_t)n;
	if (n > 0 && line->p[n - 1] == '\n')
		line->n--;
	*origin = (struct event_origin){.uid = (uid_t)-1,
	    .name = read_name(&from, message.msg_namelen)};
	part = CMSG_FIRSTHDR(&message);
	if (part != NULL && part->cmsg_level == SOL_SOCKET &&
	    part->cmsg_type == SCM_CREDENTIALS) {
		memcpy(&who, CMSG_DATA(part), sizeof(who));
		origin->uid = who.uid;
		origin->pid = who.pid;
	}
	return 0;
}
