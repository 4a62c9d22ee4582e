/* SPDX-License-Identifier: ISC */
#include "base/event_socket.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/home.h"
#include "unit.h"

static char home[] = "/tmp/fe-events.XXXXXX";
static char path[64];

static const struct event harm = {.name = SLICE("harm"),
    .severity = EVENT_NOTICE, .address = SLICE("192.0.2.1")};

static bool
is_socket(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode);
}

/* The next event's octets hold `text'; *from is whose it is. */
static bool
hears(int fd, const char *text, struct event_origin *from)
{
	struct buf line = BUF_INIT;
	bool found = event_socket_read(fd, &line, from) == 0 &&
	    strstr(buf_text(&line), text) != NULL;

	buf_free(&line);
	return found;
}

static bool
hears_nothing(int fd)
{
	struct event_origin from;

	return !hears(fd, "", &from);
}

static int
listen_there(void)
{
	struct err err = ERR_INIT;
	int fd = event_socket_listen(path, 0600, (gid_t)-1, &err);

	EXPECT(fd >= 0);
	return fd;
}

static void
each_lock_is_a_socket_that_has_told_who_its_client_is(void)
{
	struct event_origin from, other;
	struct event_sender s;
	int fd = listen_there();

	event_sender_open(&s, "unit");
	event_sender_send(&s, &harm);
	EXPECT(hears(fd, "harm", &from));
	EXPECT_NUMBER("not locked", 0, from.name);
	event_sender_lock(&s, "198.51.100.1");
	EXPECT(hears(fd, "198.51.100.1", &from));
	EXPECT(from.name != 0);
	event_sender_send(&s, &harm);
	EXPECT(hears(fd, "harm", &other));
	EXPECT_NUMBER("the same", from.name, other.name);
	event_sender_lock(&s, "198.51.100.2");
	EXPECT(hears(fd, "198.51.100.2", &other));
	EXPECT(other.name != 0 && other.name != from.name);
	event_sender_close(&s);
	close(fd);
}

static void
where_nobody_listens_it_can_say_nothing_until_somebody_does(void)
{
	struct event_origin from;
	struct event_sender s;
	int fd;

	unlink(path);
	event_sender_open(&s, "unit");
	event_sender_lock(&s, "198.51.100.1");
	EXPECT(!is_socket(s.fd));
	event_sender_send(&s, &harm);
	event_sender_lock(&s, "198.51.100.2"); /* without a look */
	EXPECT(!is_socket(s.fd));
	EXPECT(s.mute_until_ms > 0);
	fd = listen_there();
	event_sender_send(&s, &harm);
	EXPECT(hears_nothing(fd));
	event_sender_lock(&s, "198.51.100.3"); /* there is another now */
	EXPECT(hears(fd, "198.51.100.3", &from));
	EXPECT(from.name != 0);
	close(fd); /* whose file stays */
	event_sender_lock(&s, "198.51.100.4");
	EXPECT(!is_socket(s.fd));
	fd = listen_there();
	event_sender_lock(&s, "198.51.100.5");
	EXPECT(hears(fd, "198.51.100.5", &from));
	event_sender_close(&s);
	close(fd);
}

static void
a_full_queue_mutes_one_client_and_not_the_next(void)
{
	struct event_origin from;
	struct event_sender s;
	int fd = listen_there();

	event_sender_open(&s, "unit");
	for (int i = 0; i < 100000 && s.lost == 0; i++)
		event_sender_send(&s, &harm);
	EXPECT(s.lost > 0);
	event_sender_lock(&s, "198.51.100.1");
	EXPECT(!is_socket(s.fd));
	for (int i = 0; i < 100000 && !hears_nothing(fd); i++)
		;
	event_sender_lock(&s, "198.51.100.2");
	EXPECT(hears(fd, "198.51.100.2", &from));
	event_sender_close(&s);
	close(fd);
}

int
main(void)
{
	char run[64];

	if (mkdtemp(home) == NULL)
		return 1;
	snprintf(run, sizeof(run), "%s/run", home);
	snprintf(path, sizeof(path), "%s/run/events", home);
	mkdir(run, 0700);
	home_set(home);
	UNIT_RUN(each_lock_is_a_socket_that_has_told_who_its_client_is);
	UNIT_RUN(where_nobody_listens_it_can_say_nothing_until_somebody_does);
	UNIT_RUN(a_full_queue_mutes_one_client_and_not_the_next);
	unlink(path);
	rmdir(run);
	rmdir(home);
	return UNIT_RESULT;
}
