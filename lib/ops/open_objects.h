/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_OPEN_OBJECTS_H
#define FE_OPS_OPEN_OBJECTS_H

#include <stdint.h>

#include "base/buf.h"

/*
 * The files of a folder that were read last, kept open: packs are read blob by
 * blob, one of lists and maps beside one of content.
 */
#define OPEN_OBJECTS 4
struct open_object {
	char *name; /* or NULL */
	int fd;
	uint64_t used;
	uint64_t next, ahead; /* behind what was read; was asked for */
};
struct open_objects {
	struct open_object items[OPEN_OBJECTS];
	uint64_t clock;
};

/* The one of that name below the folder; NULL and errno where it cannot be
 * opened.  It is good until the next call. */
struct open_object *open_objects_get(struct open_objects *objects, int folder,
    const char *name);
/* Appends octets [offset, offset + n); n 0: to its end, and what lies behind
 * is read ahead where they are asked for in turn.  1; 0 the object is shorter;
 * -1 errno, EFBIG: the buffer has no room for it. */
int open_object_read(struct open_object *o, uint64_t offset, size_t n,
    struct buf *out);
void open_object_close(struct open_object *o);
void open_objects_close(struct open_objects *objects); /* all of them */

#endif
