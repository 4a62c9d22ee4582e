/* SPDX-License-Identifier: ISC */
/*
 * The door.  Trusts the sender's pid alone, which is the kernel's word.
 */
#include "door.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/process.h"

#define PASS_MAX 4 /* descriptors that a stranger may send at once */

int
door_make(int ends[2], struct err *err)
{
	int on = 1;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return err_errno(err, "cannot make a socket pair");
	if (setsockopt(ends[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) == 0)
		return 0;
	err_errno(err, "cannot ask who sends");
	close(ends[0]);
	close(ends[1]);
	return -1;
}

int
door_knock(int door, struct err *err)
{
	int pair[2], result;

	if (process_socketpair(pair, err) < 0)
		return -1;
	result = process_send_fds(door, 'c', &pair[1], 1, err);
	close(pair[1]);
	if (result == 0)
		return pair[0];
	close(pair[0]);
	return -1;
}

/* The first descriptor is the channel, others are not wanted. */
static void
take_descriptors(const struct cmsghdr *head, int *channel)
{
	size_t n = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);

	for (size_t i = 0; i < n; i++) {
		int fd;

		memcpy(&fd, CMSG_DATA(head) + i * sizeof(int), sizeof(int));
		if (*channel < 0)
			*channel = fd;
		else
			close(fd);
	}
}

bool
door_answer(int door, pid_t *pid, int *channel)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(struct ucred)) +
		    CMSG_SPACE(sizeof(int) * PASS_MAX)];
	} control;
	char octet;
	struct iovec data = {&octet, 1};
	struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1,
	    .msg_control = control.space,
	    .msg_controllen = sizeof(control.space)};
	struct ucred who = {.pid = 0};

	*channel = -1;
	if (recvmsg(door, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) < 0)
		return false;
	for (struct cmsghdr *head = CMSG_FIRSTHDR(&message); head != NULL;
	     head = CMSG_NXTHDR(&message, head)) {
		if (head->cmsg_level != SOL_SOCKET)
			continue;
		if (head->cmsg_type == SCM_CREDENTIALS)
			memcpy(&who, CMSG_DATA(head), sizeof(who));
		else if (head->cmsg_type == SCM_RIGHTS)
			take_descriptors(head, channel);
	}
	*pid = who.pid;
	return true;
}
