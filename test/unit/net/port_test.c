/* SPDX-License-Identifier: ISC */
#include "net/port.h"

#include <stdio.h>
#include <unistd.h>

#include "net/accept.h"
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
says_who_holds_a_port(void)
{
	int fd = accept_listen(&local, 0, NULL);
	uint16_t port = port_of(fd);
	struct buf holder = BUF_INIT;
	struct err err = ERR_INIT;
	char want[32];

	snprintf(want, sizeof(want), "(pid %d)", (int)getpid());
	EXPECT_NUMBER("again", -1, accept_listen(&local, port, &err));
	EXPECT(strstr(err.text, want) != NULL);
	EXPECT_NUMBER("held", 1, port_holder(&local, port, &holder));
	EXPECT_NUMBER("held for any", 1, port_holder(NULL, port, &holder));
	EXPECT_NUMBER("not on another address", 0,
	    port_holder(&(struct ip){{127, 0, 0, 2}, 4}, port, &holder));
	close(fd);
	EXPECT_NUMBER("free", 0, port_holder(&local, port, &holder));
	buf_free(&holder);
}

int
main(void)
{
	UNIT_RUN(says_who_holds_a_port);
	return UNIT_RESULT;
}
