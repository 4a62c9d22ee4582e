/* SPDX-License-Identifier: ISC */
#include "net/inetd.h"

#include <stdlib.h>
#include <sys/socket.h>

#include "child.h"
#include "unit.h"

static void
believes_the_environment_first(void)
{
	static const struct {
		const char *ip, *port, *want_ip;
		uint16_t want_port;
	} rows[] = {{"192.0.2.1", "25000", "192.0.2.1", 25000},
	    {"::ffff:192.0.2.1", "1", "192.0.2.1", 1},
	    {"2001:db8::1", NULL, "2001:db8::1", 0},
	    {"192.0.2.1", "70000", "192.0.2.1", 0},
	    {"nonsense", "25", "", 0}, {NULL, "25", "", 0}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[IP_TEXT_SIZE];
		struct ip ip;
		uint16_t port;

		unsetenv("TCPREMOTEIP");
		unsetenv("TCPREMOTEPORT");
		if (rows[i].ip != NULL)
			setenv("TCPREMOTEIP", rows[i].ip, 1);
		if (rows[i].port != NULL)
			setenv("TCPREMOTEPORT", rows[i].port, 1);
		inetd_peer(&ip, &port);
		EXPECT_SLICE("ip", slice_text(rows[i].want_ip),
		    slice_text(ip_text(&ip, text)));
		EXPECT_NUMBER("port", rows[i].want_port, port);
	}
}

static int
say_on_stderr(void *same)
{
	int pair[2];
	char octets[8];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) < 0)
		return 99;
	dup2(pair[0], 0);
	dup2(*(bool *)same ? pair[0] : 1, 2);
	inetd_detach_stderr();
	if (write(2, "x", 1) != 1)
		return 98;
	return read(pair[1], octets, sizeof(octets)) > 0;
}

static void
says_nothing_to_the_client_on_standard_error(void)
{
	struct child child = CHILD_INIT;
	bool same = true;

	child_run(&child, say_on_stderr, &same);
	EXPECT_NUMBER("the connection", 0, child_status(&child));
	EXPECT_NUMBER("is silent", 0, child.out.n);
	same = false;
	child_run(&child, say_on_stderr, &same);
	EXPECT_SLICE("a log", SLICE("x"), buf_slice(&child.out));
	child_free(&child);
}

int
main(void)
{
	UNIT_RUN(believes_the_environment_first);
	UNIT_RUN(says_nothing_to_the_client_on_standard_error);
	return UNIT_RESULT;
}
