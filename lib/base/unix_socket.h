/* SPDX-License-Identifier: ISC */
#ifndef FE_BASE_UNIX_SOCKET_H
#define FE_BASE_UNIX_SOCKET_H

#include <sys/types.h>

#include "err.h"

/*
 * UNIX sockets by path: listening, connecting, who is at the other end.  The
 * type is SOCK_STREAM, SOCK_SEQPACKET or SOCK_DGRAM.
 */
/* A listening socket at `path', close-on-exec, not blocking, with this mode
 * and group ((gid_t)-1: ours).  A socket that nobody answers is replaced; one
 * that somebody serves is ERR_SYSTEM. */
int unix_socket_listen(const char *path, int type, mode_t mode, gid_t group,
    struct err *err);
/* A connected socket that blocks, unless the type has SOCK_NONBLOCK.  Does
 * not wait for one: a server with a
 * full backlog is ERR_SYSTEM like one that is away. */
int unix_socket_connect(const char *path, int type, struct err *err);
/* Can there be one at this path?  For `check' of an option (option.h). */
int unix_socket_check(const char *path, struct err *err);
/* The uid at the other end; (uid_t)-1 when it cannot be told. */
uid_t unix_socket_peer(int fd);

#endif
