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

/* A file that comes in parts: what is small or lies badly is gathered, what
 * lies well goes from where it is. */
struct direct_file {
	int fd;
	char *room; /* kept from one file to the next */
	size_t n;
};
void direct_file_free(struct direct_file *f); /* not the descriptor */
void direct_file_begin(struct direct_file *f, int fd);
/* -1 and errno. */
int direct_file_put(struct direct_file *f, struct slice octets);
int direct_file_end(struct direct_file *f);

#endif
