/* SPDX-License-Identifier: ISC */
#ifndef FE_BASE_DIRECT_FILE_H
#define FE_BASE_DIRECT_FILE_H

#include <stddef.h>

#include "slice.h"

/*
 * Large files that nobody will read soon: written past the page cache
 * (O_DIRECT) where the file system takes it.  That spares a copy and the
 * memory that others' files lie in, and the disk is not left with all of it
 * at the next sync.  Elsewhere it is as io_write().
 */

/* Octets from such memory can go past the cache; for free(3).  Realloc keeps
 * them and loses that. */
void *direct_alloc(size_t n);

/* Appends all or fails (-1, errno set).  What the disk cannot take whole, the
 * end, goes through the cache; all of it waits for a sync as ever. */
int direct_write(int fd, struct slice octets);

#endif
