/* SPDX-License-Identifier: ISC */
#ifndef FE_SCAN_PORTER_H
#define FE_SCAN_PORTER_H

#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

/*
 * A process that opens doors for one that may not: it connects to clamd's
 * socket, starts fe-unpack, opens the key of the state when that was rotated,
 * and hands over the descriptors.  It is forked before the sandbox is entered
 * and never sees an octet of a message.
 */
enum porter_door { PORTER_CLAMD = 'c', PORTER_UNPACK = 'u',
	PORTER_STATE_KEY = 'k' };

struct porter {
	int fd; /* -1: there is none */
	pid_t pid;
};

/* `clamd' is the path of its socket, or NULL.  Call it before anything is
 * read and before there are threads. */
int porter_open(struct porter *p, const char *clamd, struct err *err);
/* Ends the process. */
void porter_close(struct porter *p);
/* A connected socket, the caller's, with which sending blocks for at most
 * 2 s.  -1 and a sentence where the other side is not there; that takes at
 * most 3 s, and a porter that does not answer at all is not asked again. */
int porter_fetch(struct porter *p, enum porter_door door, struct err *err);
/* For state_set_fetch: `porter' is a struct porter. */
int porter_fetch_state_key(void *porter, struct err *err);

#endif
