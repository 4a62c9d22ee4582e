/* SPDX-License-Identifier: ISC */
/* Signals that only set a flag, or are read. */
#include "interrupt.h"

#include <stddef.h>
#include <sys/signalfd.h>

static volatile sig_atomic_t interrupted;

static void
on_signal(int number)
{
	(void)number;
	interrupted = 1;
}

const volatile sig_atomic_t *
interrupt_catch(void)
{
	struct sigaction action = {.sa_handler = on_signal};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	return &interrupted;
}

int
interrupt_open(int also, struct err *err)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	if (also != 0)
		sigaddset(&set, also);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? err_errno(err, "cannot wait for signals") : fd;
}
