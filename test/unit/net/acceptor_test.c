/* SPDX-License-Identifier: ISC */
#include "net/acceptor.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/io.h"
#include "net/door.h"
#include "net/monitor.h"
#include "net/ration.h"
#include "unit.h"

#define ASKED 20
#define MEMORY 64 /* steps of memory, not channels */

static int
listen_somewhere(uint16_t *port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
	    .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t n = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	EXPECT(bind(fd, (struct sockaddr *)&address, n) == 0);
	EXPECT(listen(fd, 10) == 0);
	EXPECT(getsockname(fd, (struct sockaddr *)&address, &n) == 0);
	*port = ntohs(address.sin_port);
	return fd;
}

static int
connect_there(uint16_t port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
	    .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_port = htons(port)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	EXPECT(connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
	return fd;
}

/* An octet for each channel to the key process, or each step of memory, that
 * it got; the client says how many it shall want. */
static int
greedy_session(void *context, size_t slot, const struct ip *ip,
    uint16_t port, int delivery)
{
	struct err err = ERR_INIT;
	char wanted = 0;
	int channel;

	(void)context;
	(void)slot;
	(void)ip;
	(void)port;
	(void)delivery;
	if (io_read(0, &wanted, 1) != 1)
		return 1;
	channel = door_knock(ACCEPTOR_DOOR_FD, &err);
	for (int i = MEMORY; channel >= 0 && i < wanted; i++)
		if (monitor_ration(channel, RATION_MORE) < 0 ||
		    io_write(1, "m", 1) < 0)
			return 1;
	for (int i = 0; channel >= 0 && i < wanted && wanted < MEMORY; i++)
		if (monitor_reach_signer(channel, &err) < 0 ||
		    io_write(1, "k", 1) < 0)
			return 1;
	return 0;
}

static bool
refuse_nobody(void *context, const struct ip *ip)
{
	(void)context;
	(void)ip;
	return false;
}

static int
prepare_nothing(void *context, size_t slot, const struct ip *ip)
{
	(void)context;
	(void)slot;
	(void)ip;
	return -1;
}

static void
end_nothing(void *context, size_t slot)
{
	(void)context;
	(void)slot;
}

static void
reload_nothing(void *context)
{
	(void)context;
}

static void
reap_nobody(void *context, pid_t pid)
{
	(void)context;
	(void)pid;
}

static int
open_any(void *context, size_t slot, struct err *err)
{
	(void)context;
	(void)slot;
	(void)err;
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static pid_t
start_acceptor(int listener)
{
	struct acceptor_conf conf = {.max = 4, .max_per_address = 4,
	    .busy = "", .inherit = -1, .session = greedy_session,
	    .refuse = refuse_nobody, .prepare = prepare_nothing,
	    .end = end_nothing, .reload = reload_nothing,
	    .reap = reap_nobody, .signer = open_any};
	struct err err = ERR_INIT;
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	conf.tally = tally_make(4, 1 << 21, 1 << 19, &err);
	if (conf.tally == NULL ||
	    acceptor_run(&listener, 1, &conf, &err) < 0)
		_exit(1);
	_exit(0);
}

static size_t
channels_of(uint16_t port, char wanted)
{
	int fd = connect_there(port);
	size_t n = 0;
	char octet;

	EXPECT(io_write(fd, &wanted, 1) == 0);
	while (io_wait_readable(fd, 10000) > 0 && io_read(fd, &octet, 1) == 1)
		n++;
	close(fd);
	return n;
}

static void
a_session_has_a_few_channels_and_the_memory_of_a_message(void)
{
	uint16_t port;
	int listener = listen_somewhere(&port), status;
	pid_t pid = start_acceptor(listener);

	close(listener);
	EXPECT_NUMBER("as many as it needs", 2, channels_of(port, 2));
	EXPECT_NUMBER("no more than four", 4, channels_of(port, ASKED));
	EXPECT_NUMBER("and the next one again", 1, channels_of(port, 1));
	EXPECT_NUMBER("memory of a message, 128 K to 512 K", 2,
	    channels_of(port, MEMORY + 2));
	EXPECT_NUMBER("who wants more is killed", 2,
	    channels_of(port, MEMORY + 20));
	EXPECT_NUMBER("and it was given back", 2,
	    channels_of(port, MEMORY + 2));
	kill(pid, SIGTERM);
	EXPECT_NUMBER("parent", pid, waitpid(pid, &status, 0));
	EXPECT_NUMBER("in order", 0, status);
}

int
main(void)
{
	UNIT_RUN(a_session_has_a_few_channels_and_the_memory_of_a_message);
	return UNIT_RESULT;
}
