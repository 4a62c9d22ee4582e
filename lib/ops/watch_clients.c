/* SPDX-License-Identifier: ISC */
/*
 * Locks of sessions.  The name of a socket is free for another once the socket
 * is closed; then who says whose it is now is the same parent, or another
 * one after its death, never the session itself.
 */
#include "ops/watch_clients.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include "base/mem.h"

void
watch_clients_init(struct watch_clients *c)
{
	c->items = mem_zalloc(WATCH_CLIENTS * sizeof(*c->items));
}

void
watch_clients_free(struct watch_clients *c)
{
	free(c->items);
	c->items = NULL;
}

static bool
is_gone(pid_t pid)
{
	return kill(pid, 0) < 0 && errno == ESRCH;
}

static void
lock(struct watch_clients *c, const struct event *event,
    const struct event_origin *origin)
{
	struct watch_client *client = &c->items[origin->name % WATCH_CLIENTS];
	struct ip ip;

	if (origin->name == 0 || origin->pid <= 0 ||
	    event->address.p == NULL || ip_parse(event->address, &ip) < 0)
		return;
	if (client->name == origin->name && client->pid != origin->pid &&
	    !is_gone(client->pid))
		return;
	*client = (struct watch_client){origin->name, origin->pid, ip};
}

bool
watch_clients_allow(struct watch_clients *c, const struct event *event,
    const struct event_origin *origin)
{
	const struct watch_client *client =
	    &c->items[origin->name % WATCH_CLIENTS];
	struct ip ip;

	if (slice_is(event->name, EVENT_CLIENT)) {
		lock(c, event, origin);
		return false;
	}
	if (origin->name == 0) /* it talks with no strangers, or with all */
		return true;
	if (slice_is(event->name, EVENT_LOST))
		return true;
	return client->name == origin->name && event->network.p == NULL &&
	    event->address.p != NULL && ip_parse(event->address, &ip) == 0 &&
	    ip_equal(&ip, &client->ip);
}
