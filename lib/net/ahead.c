/* SPDX-License-Identifier: ISC */
/*
 * A few connections in hand.
 */
#include "ahead.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/clock.h"

#define RETRY_MS 1000

void
ahead_init(struct ahead *a, const struct launch_conf *launch)
{
	*a = (struct ahead){.launch = launch};
}

/* Whoever is refused hears why when a session asks for it. */
static void
fill(struct ahead *a, int above)
{
	struct err err = ERR_INIT;

	while (a->n < AHEAD_MAX) {
		int fd = a->launch->reach(a->launch->context, &err);

		if (fd >= 0 && fd <= above) {
			int low = fd;

			fd = fcntl(low, F_DUPFD_CLOEXEC, above + 1);
			close(low);
		}
		if (fd < 0) {
			a->retry_ms = clock_monotonic_ms() + RETRY_MS;
			return;
		}
		a->fds[a->n++] = fd;
	}
}

int
ahead_take(struct ahead *a, int above)
{
	if (a->launch->deliver != NULL || a->launch->reach == NULL)
		return -1;
	if (a->n == 0 && clock_monotonic_ms() >= a->retry_ms)
		fill(a, above);
	return a->n > 0 ? a->fds[--a->n] : -1;
}

void
ahead_free(struct ahead *a)
{
	while (a->n > 0)
		close(a->fds[--a->n]);
}
