/* SPDX-License-Identifier: ISC */
#ifndef FE_BASE_EVENT_SOCKET_H
#define FE_BASE_EVENT_SOCKET_H

#include <sys/types.h>

#include "event.h"

/*
 * HOME/run/events: the datagram socket that our own programs send security
 * events to, with whole addresses, so that those never lie on a disk.  fe-watch
 * reads it.  Who sends never waits: where nobody listens, or the queue is
 * full, an event is lost, and the next one that gets through is one that says
 * how many were: the `count' of an event `events-lost'.
 *
 * A session with a client may fall into the client's hands.  So whoever
 * accepts the connection makes its socket, gives it a name of the kernel's
 * choice, and says by it, once, who the client is: an event `client'.  From
 * then on that socket can accuse nobody else; the session cannot make another.
 */
struct event_sender {
	int fd; /* -1: none */
	int null; /* what fd is where nobody listens to a locked one */
	int64_t retry_ms;
	int64_t mute_until_ms; /* 0: somebody was there */
	int64_t changed_ns;    /* of the socket, when nobody was */
	int64_t lost;
	const char *source; /* name of the program */
	char path[108];     /* of a UNIX socket */
};

/* Nobody there is no error, and there may be somebody later.  Open it before
 * a sandbox; the descriptor is 10 or above, so that it is in nobody's way. */
void event_sender_open(struct event_sender *s, const char *source);
void event_sender_close(struct event_sender *s);
/* A fresh socket under the same number, for a session with the client of that
 * address; NULL: who it is, only the session will know.  Where nobody listened
 * it is tried again once the socket has changed, and each second. */
void event_sender_lock(struct event_sender *s, const char *address);
/* Fills in time and source where they are missing. */
void event_sender_send(struct event_sender *s, const struct event *event);

/* The other end: a socket at `path' with this mode and group ((gid_t)-1:
 * ours), which does not block.  One that somebody reads is ERR_SYSTEM. */
int event_socket_listen(const char *path, mode_t mode, gid_t group,
    struct err *err);
/* Whom a datagram is from, as the kernel has it. */
struct event_origin {
	uid_t uid; /* (uid_t)-1: he does not say */
	pid_t pid;
	uint32_t name; /* of a socket that was locked; 0: it has none */
};
#define EVENT_CLIENT "client"
#define EVENT_LOST "events-lost"

/* The next datagram, at most EVENT_LINE_MAX octets; without its LF.  -1: there
 * is none now. */
int event_socket_read(int fd, struct buf *line, struct event_origin *origin);

#endif
