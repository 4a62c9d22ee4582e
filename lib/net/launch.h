/* SPDX-License-Identifier: ISC */
#ifndef FE_NET_LAUNCH_H
#define FE_NET_LAUNCH_H

#include <sys/types.h>

#include "base/err.h"

/*
 * What a confined session has others do for it: a delivery started or
 * reached, its tables opened.  The session gets descriptors over a socket,
 * and nothing else.
 */
struct launch_conf {
	char *const *deliver; /* argv of the pipeline; or, where it is NULL, */
	/* a connection to one that is running already */
	int (*reach)(const void *context, struct err *err);
	const void *context;
	const char *files[2]; /* for launch_files */
};

/* Sends `d' and the two ends of a delivery, to its standard input and from its
 * output, or the one descriptor of a connection.  Returns the pid of a
 * pipeline (also its group), 0 for one that was reached, -1. */
pid_t launch_delivery(
    const struct launch_conf *conf, int socket, struct err *err);
/* Sends `r' and the two files, open for reading; /dev/null stands for one
 * that is not there. */
int launch_files(const struct launch_conf *conf, int socket, struct err *err);

#endif
