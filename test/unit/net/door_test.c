/* SPDX-License-Identifier: ISC */
#include "net/door.h"

#include <fcntl.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/io.h"
#include "base/process.h"
#include "unit.h"

static pid_t
start_child(int door, bool knocks)
{
	pid_t pid = fork();
	char octet = 0;
	int channel;

	if (pid != 0)
		return pid;
	if (!knocks) /* six descriptors are more than anybody wants */
		_exit(process_send_fds(door, 'c', (int[]){0, 0, 0, 0, 0, 0},
		    6, NULL) < 0);
	channel = door_knock(door, NULL);
	if (channel < 0 || io_write(channel, "?", 1) < 0 ||
	    io_read(channel, &octet, 1) != 1)
		_exit(1);
	_exit(octet == '!' ? 0 : 1);
}

static void
a_child_is_known_by_its_pid_and_has_its_own_channel(void)
{
	pid_t children[3], pid;
	int ends[2], channel, status;
	char octet;

	EXPECT(door_make(ends, NULL) == 0);
	EXPECT(!door_answer(ends[0], &pid, &channel));
	for (int i = 0; i < 3; i++) {
		children[i] = start_child(ends[1], true);
		EXPECT(io_wait_readable(ends[0], 5000) > 0);
		EXPECT(door_answer(ends[0], &pid, &channel));
		EXPECT_NUMBER("pid", children[i], pid);
		EXPECT(io_read(channel, &octet, 1) == 1 && octet == '?');
		io_write(channel, "!", 1);
		waitpid(pid, &status, 0);
		EXPECT_NUMBER("child", 0, status);
		close(channel);
	}
	EXPECT(!door_answer(ends[0], &pid, &channel));
	close(ends[0]);
	close(ends[1]);
}

static void
what_else_is_sent_does_not_stay_open(void)
{
	int ends[2], channel = -1, free_before, free_after;
	pid_t pid = 0, child;

	EXPECT(door_make(ends, NULL) == 0);
	free_before = dup(0);
	close(free_before);
	child = start_child(ends[1], false);
	waitpid(child, NULL, 0);
	EXPECT(door_answer(ends[0], &pid, &channel));
	EXPECT_NUMBER("pid", child, pid);
	if (channel >= 0)
		close(channel);
	free_after = dup(0);
	EXPECT_NUMBER("next descriptor", free_before, free_after);
	close(free_after);
	io_write(ends[1], "x", 1); /* no channel at all */
	EXPECT(door_answer(ends[0], &pid, &channel));
	EXPECT_NUMBER("channel", -1, channel);
	EXPECT_NUMBER("pid", getpid(), pid);
	close(ends[0]);
	close(ends[1]);
}

int
main(void)
{
	UNIT_RUN(a_child_is_known_by_its_pid_and_has_its_own_channel);
	UNIT_RUN(what_else_is_sent_does_not_stay_open);
	return UNIT_RESULT;
}
