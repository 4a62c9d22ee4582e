/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_WATCH_CLIENTS_H
#define FE_OPS_WATCH_CLIENTS_H

#include <stdbool.h>

#include "base/event_socket.h"
#include "net/ip.h"

/*
 * Which session may accuse whom: the clients of sockets that were locked
 * (base/event_socket.h), by their names.  A fixed number of them; a new one
 * takes the place of another whose name falls together with its.
 */
#define WATCH_CLIENTS ((size_t)1 << 16)

struct watch_clients {
	struct watch_client {
		uint32_t name; /* 0: free */
		pid_t pid;     /* who said so: the parent of the session */
		struct ip ip;
	} *items;
};

void watch_clients_init(struct watch_clients *c);
void watch_clients_free(struct watch_clients *c);
/* An event from there.  False where it is not to be taken: it only says who
 * the client is, or accuses somebody else. */
bool watch_clients_allow(struct watch_clients *c, const struct event *event,
    const struct event_origin *origin);

#endif
