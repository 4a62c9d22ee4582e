/* SPDX-License-Identifier: ISC */
/*
 * Listening, accepting, counting.
 */
#include "accept.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/process.h"
#include "net/port.h"

#define BACKLOG 1024
#define LISTEN_FD_FIRST 3 /* SD_LISTEN_FDS_START */

static int
cannot_listen(const struct ip *ip, uint16_t port, struct err *err)
{
	char text[IP_TEXT_SIZE];
	struct buf holder = BUF_INIT;

	if (errno != EADDRINUSE || port_holder(ip, port, &holder) == 0)
		err_errno(err, "cannot listen on %s port %u",
		    ip_text(ip, text), port);
	else
		err_set(err, ERR_SYSTEM,
		    "cannot listen on %s port %u: %s holds it",
		    ip_text(ip, text), port, buf_text(&holder));
	buf_free(&holder);
	return -1;
}

int
accept_listen(const struct ip *ip, uint16_t port, struct err *err)
{
	struct sockaddr_storage address;
	socklen_t n = ip_to_sockaddr(ip, port, &address);
	int fd = socket(address.ss_family,
	    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int on = 1;

	if (fd < 0)
		return cannot_listen(ip, port, err);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (ip->size == 16)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&address, n) == 0 &&
	    listen(fd, BACKLOG) == 0)
		return fd;
	cannot_listen(ip, port, err);
	close(fd);
	return -1;
}

static bool
listens(int fd)
{
	struct sockaddr_storage address;
	socklen_t n = sizeof(address), size = sizeof(int);
	int yes = 0;
	struct ip ip;

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &yes, &size) == 0 &&
	    yes && getsockname(fd, (struct sockaddr *)&address, &n) == 0 &&
	    ip_from_sockaddr(&address, &ip, NULL) == 0;
}

static int
take_variables(int64_t *n, struct err *err)
{
	struct slice count = slice_text(getenv("LISTEN_FDS"));
	struct slice owner = slice_text(getenv("LISTEN_PID"));
	int64_t pid = 0;
	int result = 0;

	*n = 0;
	if (count.p != NULL && owner.p != NULL &&
	    number_parse(owner, 1, INT32_MAX, &pid) == 0 && pid == getpid() &&
	    number_parse(count, 0, 1024, n) < 0)
		result = err_set(err, ERR_CONFIG, "LISTEN_FDS is no number");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDNAMES");
	return result;
}

static void
take_listener(int fd)
{
	io_set_close_on_exec(fd, true);
	io_set_nonblocking(fd, true);
}

int
accept_inherited(int *first, struct err *err)
{
	int64_t n;

	*first = LISTEN_FD_FIRST;
	if (take_variables(&n, err) < 0)
		return -1;
	for (int fd = *first; fd < *first + (int)n; fd++) {
		if (!listens(fd))
			return err_set(err, ERR_CONFIG, "descriptor %d of "
			    "LISTEN_FDS does not listen on TCP", fd);
		take_listener(fd);
	}
	return (int)n;
}

/* What standard input was is elsewhere now. */
static int
empty_standard(struct err *err)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0)
		return err_errno(err, "cannot open '/dev/null'");
	close(null);
	return 0;
}

static bool
is_socket(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode);
}

int
accept_given(int *fds, int max, struct err *err)
{
	int64_t given;
	int n = 0;

	if (take_variables(&given, err) < 0)
		return -1;
	for (int fd = LISTEN_FD_FIRST; fd < LISTEN_FD_FIRST + given; fd++) {
		if (given == 1 && is_socket(fd) && !listens(fd)) {
			if (!is_socket(0) &&
			    (dup2(fd, 0) < 0 || dup2(fd, 1) < 0))
				return err_errno(err, "cannot take a socket");
			close(fd);
			return 0;
		}
		if (!listens(fd) || n == max)
			return err_set(err, ERR_CONFIG, "descriptor %d of "
			    "LISTEN_FDS does not listen on TCP", fd);
		fds[n++] = fd;
	}
	if (listens(0) && n < max) {
		fds[n] = fcntl(0, F_DUPFD_CLOEXEC, LISTEN_FD_FIRST);
		if (fds[n++] < 0)
			return err_errno(err, "cannot take a socket");
	}
	for (int i = 0; i < n; i++)
		take_listener(fds[i]);
	return n > 0 && empty_standard(err) < 0 ? -1 : n;
}

int
accept_next(int listener, struct ip *ip, uint16_t *port)
{
	struct sockaddr_storage address;
	socklen_t n = sizeof(address);
	int fd;

	do
		fd = accept4(listener, (struct sockaddr *)&address, &n,
		    SOCK_CLOEXEC);
	while (fd < 0 && errno == EINTR);
	if (fd >= 0 && ip_from_sockaddr(&address, ip, port) < 0) {
		close(fd);
		errno = EPROTO;
		return -1;
	}
	return fd;
}

void
accepted_init(struct accepted *a, size_t max)
{
	*a = (struct accepted){.max = max};
	a->items = mem_array(NULL, max, sizeof(*a->items));
}

void
accepted_free(struct accepted *a)
{
	free(a->items);
	*a = (struct accepted){NULL, 0, 0};
}

size_t
accepted_count(const struct accepted *a, const struct ip *ip)
{
	struct ip client = ip_client(ip);
	size_t count = 0;

	for (size_t i = 0; i < a->n; i++)
		count += ip_equal(&a->items[i].client, &client);
	return count;
}

void
accepted_add(struct accepted *a, pid_t pid, const struct ip *ip)
{
	if (a->n < a->max)
		a->items[a->n++] = (struct accepted_one){pid, ip_client(ip)};
}

bool
accepted_remove(struct accepted *a, pid_t pid)
{
	for (size_t i = 0; i < a->n; i++)
		if (a->items[i].pid == pid) {
			a->items[i] = a->items[--a->n];
			return true;
		}
	return false;
}

void
accepted_kill(const struct accepted *a, int signal)
{
	for (size_t i = 0; i < a->n; i++)
		process_kill(a->items[i].pid, signal);
}
