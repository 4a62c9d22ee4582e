/* SPDX-License-Identifier: ISC */
#include "net/children.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

#define MAX 8

static struct ip
address(const char *text)
{
	struct ip ip = {.size = 0};

	EXPECT(ip_parse(slice_text(text), &ip) == 0);
	return ip;
}

static void
are_found_by_pid_and_counted_by_client(void)
{
	struct ip one = address("192.0.2.1"), two = address("192.0.2.2");
	struct children c;
	struct child *first, *last;

	children_init(&c, MAX);
	EXPECT(children_find(&c, 100, false) == NULL);
	for (pid_t pid = 100; pid < 100 + MAX; pid++)
		children_add(&c, pid, pid % 2 ? &one : &two);
	EXPECT_NUMBER("one", MAX / 2, children_of(&c, &one));
	first = children_find(&c, 100, false);
	last = children_find(&c, 100 + MAX - 1, false);
	EXPECT(first != NULL && first->pid == 100);
	EXPECT(last != NULL && ip_equal(&last->client, &one));
	EXPECT(children_find(&c, 100, true) == NULL);
	children_remove(&c, last);
	EXPECT(children_find(&c, 100 + MAX - 1, false) == NULL);
	EXPECT_NUMBER("one", MAX / 2 - 1, children_of(&c, &one));
	EXPECT_NUMBER("two", MAX / 2, children_of(&c, &two));
	children_free(&c);
}

/* A pipeline may have the pid that a session had, or a session its. */
static void
pipelines_are_others_than_sessions(void)
{
	struct ip ip = address("2001:db8::1");
	struct children c;
	struct child *child, *other;

	children_init(&c, MAX);
	child = children_add(&c, 100, &ip);
	other = children_add(&c, 101, &ip);
	children_set_pipeline(&c, child, 200);
	children_set_pipeline(&c, other, 100);
	EXPECT(children_find(&c, 200, true) == child);
	EXPECT(children_find(&c, 200, false) == NULL);
	EXPECT(children_find(&c, 100, true) == other);
	EXPECT(children_find(&c, 100, false) == child);
	children_set_pipeline(&c, child, 300);
	EXPECT(children_find(&c, 200, true) == NULL);
	EXPECT(children_find(&c, 300, true) == child);
	children_remove(&c, child);
	EXPECT(children_find(&c, 300, true) == NULL);
	EXPECT(children_find(&c, 100, true) == other);
	children_free(&c);
}

static void
a_slot_is_taken_again_and_its_channel_closed(void)
{
	struct ip ip = address("192.0.2.1");
	struct children c;
	struct child *child;
	int fd = open("/dev/null", O_RDONLY);

	children_init(&c, 2);
	EXPECT_NUMBER("first", 0, children_next_slot(&c));
	child = children_add(&c, 100, &ip);
	child->fd = fd;
	child->told = child->knocked = true;
	children_add(&c, 101, &ip);
	children_remove(&c, child);
	EXPECT(fcntl(fd, F_GETFD) < 0);
	EXPECT_NUMBER("again", 0, children_next_slot(&c));
	for (pid_t pid = 102; pid < 1000; pid++) {
		child = children_add(&c, pid, &ip);
		EXPECT_NUMBER("slot", 0, children_slot(&c, child));
		EXPECT(child->fd == -1 && !child->told && !child->knocked);
		children_remove(&c, child);
	}
	EXPECT_NUMBER("there", 1, c.n);
	children_free(&c);
}

static pid_t
sleeper(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		sleep(20);
		_exit(0);
	}
	return pid;
}

static void
a_signal_goes_to_all_or_to_those_who_were_told(void)
{
	struct ip ip = address("192.0.2.1");
	pid_t told = sleeper(), other = sleeper();
	struct children c;
	int status;

	children_init(&c, MAX);
	children_add(&c, other, &ip);
	children_add(&c, told, &ip)->told = true;
	children_signal(&c, SIGKILL, false);
	EXPECT_NUMBER("told", told, waitpid(told, &status, 0));
	EXPECT_NUMBER("other", 0, waitpid(other, &status, WNOHANG));
	children_remove(&c, children_find(&c, told, false));
	children_signal(&c, SIGKILL, true);
	EXPECT_NUMBER("other", other, waitpid(other, &status, 0));
	children_free(&c);
}

int
main(void)
{
	UNIT_RUN(are_found_by_pid_and_counted_by_client);
	UNIT_RUN(pipelines_are_others_than_sessions);
	UNIT_RUN(a_slot_is_taken_again_and_its_channel_closed);
	UNIT_RUN(a_signal_goes_to_all_or_to_those_who_were_told);
	return UNIT_RESULT;
}
