/* SPDX-License-Identifier: ISC */
#ifndef FE_RECORD_POOL_SOCKET_H
#define FE_RECORD_POOL_SOCKET_H

#include "base/buf.h"
#include "base/err.h"

/* Asks the pool at `path' for its state: appends one JSON object. */
int pool_status(const char *path, struct buf *out, struct err *err);

#endif
