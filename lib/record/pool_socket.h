/* SPDX-License-Identifier: ISC */
#ifndef FE_RECORD_POOL_SOCKET_H
#define FE_RECORD_POOL_SOCKET_H

#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * The UNIX socket of a pool: listening, connecting, who is at the other end.
 */
/* A listening socket at `path', close-on-exec, not blocking, with this mode
 * and group ((gid_t)-1: ours).  A socket that nobody answers is replaced; one
 * that somebody serves is ERR_SYSTEM. */
int pool_listen(const char *path, mode_t mode, gid_t group, struct err *err);
/* A connected socket that blocks.  Does not wait for one: a pool with a full
 * backlog is ERR_SYSTEM like one that is away. */
int pool_connect(const char *path, struct err *err);
/* The uid at the other end; (uid_t)-1 when it cannot be told. */
uid_t pool_peer(int fd);
/* Asks the pool at `path' for its state: appends one JSON object. */
int pool_status(const char *path, struct buf *out, struct err *err);

#endif
