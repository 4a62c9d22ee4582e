/* SPDX-License-Identifier: ISC */
#include "net/accept.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "child.h"
#include "unit.h"

static const struct ip local = {{127, 0, 0, 1}, 4};

static uint16_t
port_of(int fd)
{
	struct sockaddr_storage address;
	socklen_t n = sizeof(address);
	struct ip ip;
	uint16_t port = 0;

	getsockname(fd, (struct sockaddr *)&address, &n);
	ip_from_sockaddr(&address, &ip, &port);
	return port;
}

static void
connect_to(int client, uint16_t port)
{
	struct sockaddr_storage address;
	socklen_t n = ip_to_sockaddr(&local, port, &address);

	EXPECT_NUMBER("connect", 0,
	    connect(client, (struct sockaddr *)&address, n));
}

static void
accepts_and_tells_who_it_is(void)
{
	int client = socket(AF_INET, SOCK_STREAM, 0);
	int fd = accept_listen(&local, 0, NULL), got;
	uint16_t port = 0;
	struct ip ip;

	EXPECT_NUMBER("nobody", -1, accept_next(fd, &ip, &port));
	EXPECT_NUMBER("nobody", EAGAIN, errno);
	connect_to(client, port_of(fd));
	got = accept_next(fd, &ip, &port);
	EXPECT(got >= 0 && ip_equal(&ip, &local) && port == port_of(client));
	close(got);
	close(client);
	close(fd);
}

static void
counts_clients_by_address_and_network(void)
{
	struct ip one, near, far;
	struct accepted a;

	ip_parse(SLICE("2001:db8::1"), &one);
	ip_parse(SLICE("2001:db8::2"), &near);
	ip_parse(SLICE("2001:db8:0:1::1"), &far);
	accepted_init(&a, 3);
	accepted_add(&a, 11, &one);
	accepted_add(&a, 12, &near);
	accepted_add(&a, 13, &far);
	accepted_add(&a, 14, &far); /* over the limit */
	EXPECT_NUMBER("all", 3, a.n);
	EXPECT_NUMBER("same /64", 2, accepted_count(&a, &one));
	EXPECT_NUMBER("another", 1, accepted_count(&a, &far));
	EXPECT(accepted_remove(&a, 11));
	EXPECT(!accepted_remove(&a, 11));
	EXPECT_NUMBER("one less", 1, accepted_count(&a, &near));
	accepted_free(&a);
}

/* In a child, since descriptors 0 to 3 are what it is about. */
static int
take_given(void *how)
{
	int client = socket(AF_INET, SOCK_STREAM, 0), fds[4], n;
	int fd = accept_listen(&local, 0, NULL);
	const char *which = how;
	struct err err = ERR_INIT;
	char pid[24];

	client = fcntl(client, F_DUPFD, 20);
	fd = fcntl(fd, F_DUPFD, 20);
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	setenv("LISTEN_PID", strchr(which, 'o') ? "1" : pid, 1);
	if (strchr(which, 'l') != NULL)
		setenv("LISTEN_FDS", "1", 1);
	if (strchr(which, '0') != NULL)
		dup2(fd, 0);
	dup2(strchr(which, 'c') != NULL ? client : fd, 3);
	n = accept_given(fds, 4, &err);
	return n < 0 ? 99 : n * 10 + (getenv("LISTEN_FDS") != NULL);
}

static void
finds_the_sockets_it_was_started_with(void)
{
	static const struct {
		const char *how; /* 0 on fd 0, l fd 3 is of LISTEN_FDS, c which
				  * is a connection, o of another process */
		int want;
	} rows[] = {{"", 0}, {"0", 10}, {"l", 10}, {"0l", 20}, {"lo", 0},
	    {"lc", 0}};
	struct child child = CHILD_INIT;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		child_run(&child, take_given,
		    (void *)(uintptr_t)rows[i].how);
		EXPECT_NUMBER(
		    rows[i].how, rows[i].want, child_status(&child));
	}
	child_free(&child);
}

int
main(void)
{
	UNIT_RUN(accepts_and_tells_who_it_is);
	UNIT_RUN(counts_clients_by_address_and_network);
	UNIT_RUN(finds_the_sockets_it_was_started_with);
	return UNIT_RESULT;
}
