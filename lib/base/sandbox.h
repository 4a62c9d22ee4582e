/* SPDX-License-Identifier: ISC */
#ifndef FE_BASE_SANDBOX_H
#define FE_BASE_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

/*
 * What a process may still do once it has opened what it needs.  Everything
 * is inherited by children and threads made later; enter before any library
 * starts a thread.
 *
 *	LAUNCH   no_new_privs and no core files only: may exec
 *	STDIO    read, write and memory; no open, socket, fork or exec
 *	SESSION  as STDIO, and messages over open sockets (recvmsg, sendmsg)
 *	         and pairs of streams, not of datagrams: those reach any path
 *	PARSE    as SESSION, and reading the named paths; fork of itself
 *	STORE    files below the named paths, locks, fork of itself; no socket
 *	NET      as PARSE, and sockets
 *	PARENT   opens all paths (removes and renames none), sockets, fork of
 *	         itself, and sandboxes for children; no exec
 *
 * seccomp (libseccomp) failing is ERR_SYSTEM.  A kernel without Landlock is
 * passed over unless `require_landlock'; sandbox_has_landlock() tells.
 */
enum sandbox_level {
	SANDBOX_LAUNCH,
	SANDBOX_STDIO,
	SANDBOX_SESSION,
	SANDBOX_PARSE,
	SANDBOX_STORE,
	SANDBOX_NET,
	SANDBOX_PARENT
};

enum {
	SANDBOX_READ = 1,
	SANDBOX_WRITE = 2, /* includes make, remove */
	SANDBOX_LIST = 4   /* names in folders, no content */
};

struct sandbox_path {
	const char *path; /* a missing one is passed over */
	unsigned access;
};

int sandbox_enter(enum sandbox_level level, const struct sandbox_path *paths,
    size_t n, bool require_landlock, struct err *err);
bool sandbox_has_landlock(void);

#endif
