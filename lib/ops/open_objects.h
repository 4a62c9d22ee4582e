/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_OPEN_OBJECTS_H
#define FE_OPS_OPEN_OBJECTS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * The files of a folder that were read last, kept open: packs are read blob by
 * blob, one of lists and maps beside one of content.  Several threads may do
 * so, each with one file at a time.
 */
#define OPEN_OBJECTS 16
struct open_object {
	char *name; /* or NULL */
	int fd;
	int direct; /* the same past the page cache, or -1 */
	unsigned users;
	uint64_t used;
	uint64_t next, ahead; /* behind what was read; was asked for */
};
struct open_objects {
	struct open_object items[OPEN_OBJECTS];
	uint64_t clock;
	bool direct; /* large parts past the page cache, where they can be */
	pthread_mutex_t mutex;
	pthread_cond_t given_back;
};

void open_objects_init(struct open_objects *objects);
/* Appends octets [offset, offset + n) of the one of that name below the
 * folder; n 0: to its end.  What lies behind is read ahead where the parts are
 * asked for in turn.  1; 0 the object is shorter; -1 errno, EFBIG: the buffer
 * has no room for it. */
int open_objects_read(struct open_objects *objects, int folder,
    const char *name, uint64_t offset, size_t n, struct buf *out);
/* All that nobody is reading. */
void open_objects_close(struct open_objects *objects);

/* The same of a descriptor, once. */
int open_object_read(int fd, uint64_t offset, size_t n, struct buf *out);

#endif
