/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_DESTINATION_KIND_H
#define FE_OPS_DESTINATION_KIND_H

#include <pthread.h>

#include "ops/destination.h"

/* What each kind of destination does itself; see destination.h. */
struct destination_kind {
	bool parallel_put;
	bool parallel_get; /* else one thread at a time is let in */
	bool has_disk; /* which may be full; else there is what is paid for */
	void (*read_direct)(struct destination *d); /* or NULL */
	int (*is_there)(struct destination *d, struct err *err); /* or NULL */
	int (*prepare)(struct destination *d, struct err *err);
	int (*put)(struct destination *d, const char *name,
	    struct slice octets, struct err *err);
	/* NULL: put is as good, and there is nothing to sync. */
	int (*put_lazily)(struct destination *d, const char *name,
	    struct slice octets, struct err *err);
	int (*sync)(struct destination *d, struct err *err);
	int (*get)(struct destination *d, const char *name, uint64_t offset,
	    size_t n, struct buf *out, struct err *err);
	/* Of two destinations of this kind: 1, -1; 0 it cannot.  Or NULL. */
	int (*clone)(struct destination *d, struct destination *from,
	    const char *name, struct err *err);
	int (*remove)(struct destination *d, const char *name,
	    struct err *err);
	int (*list)(struct destination *d, const char *folder,
	    struct destination_list *list, struct err *err);
	int (*tidy)(struct destination *d, struct err *err); /* or NULL */
	void (*close)(struct destination *d);
};

/* Each kind begins with this. */
struct destination {
	const struct destination_kind *kind;
	char *name;
	char *folder; /* of a path, or NULL */
	int (*keep)(void *context, struct err *err); /* or NULL */
	void *keep_context;
	pthread_mutex_t getting; /* of all kinds keep(), of some get() */
};

struct destination *destination_path_open(
    const struct destination_options *options, struct err *err);
struct destination *destination_sftp_open(
    const struct destination_options *options, struct err *err);
struct destination *destination_s3_open(
    const struct destination_options *options, struct err *err);

/* Every repository has it: where a list does not find it, the disk or the
 * repository has gone, which must not be taken for an empty one. */
bool destination_needs_folder(const char *name);

#endif
