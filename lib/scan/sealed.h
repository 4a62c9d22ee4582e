/* SPDX-License-Identifier: ISC */
#ifndef FE_SCAN_SEALED_H
#define FE_SCAN_SEALED_H

#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"

/* A copy of the octets in memory that has a descriptor (memfd), sealed: who
 * gets the descriptor can neither write nor resize it.  The caller closes it.
 * -1 and ERR_SYSTEM. */
int sealed_make(struct slice octets, struct err *err);
/* Maps one; unmap with munmap(2).  -1 where it is no sealed memory: another
 * file may shrink under its reader. */
int sealed_map(int fd, struct slice *octets, struct err *err);

/* The same without a copy: *octets takes up to max of them, and is neither
 * freed nor taken by the caller.  sealed_end() seals what is in it, gives it
 * mapped, and returns the descriptor; the buffer is gone, also after -1. */
int sealed_begin(struct buf *octets, size_t max, struct err *err);
int sealed_end(int fd, struct buf *octets, struct slice *mapped,
    struct err *err);

#endif
