/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_DESTINATION_H
#define FE_OPS_DESTINATION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * Where a repository lies: objects with names like `packs/3f/3f9a...', written
 * whole and read in parts.  A folder, a folder behind OpenSSH's SFTP, or S3.
 * One thread at a time, except that several may call destination_get, and that
 * destination_put may run beside the reading calls where `parallel_put' says
 * so.
 *
 * Errors: ERR_SYSTEM out of reach, full, no permission; ERR_CONFIG what is
 * there is no repository or not what was asked for; ERR_USAGE a bad URL.
 */
struct destination;

struct destination_options {
	const char *path;    /* a folder, or NULL */
	const char *url;     /* sftp://[USER@]HOST[:PORT]/FOLDER or
	                      * s3://HOST[:PORT]/BUCKET[/PREFIX], or NULL */
	const char *ssh_key; /* private key file of sftp, or NULL */
	const char *ssh_known_hosts; /* or NULL: ssh's own */
	const char *s3_key_file; /* two lines: access key, secret key */
	const char *s3_region;
	bool s3_plain;       /* http, for a server on this host */
	int64_t timeout_s;
};

/* Starts ssh where it takes one: before the sandbox. */
struct destination *destination_open(const struct destination_options *options,
    struct err *err);
void destination_close(struct destination *d); /* accepts NULL */
/* For sentences: the path or URL. */
const char *destination_name(const struct destination *d);
/* The folder to allow in the sandbox, or NULL. */
const char *destination_folder(const struct destination *d);
bool destination_parallel_put(const struct destination *d);
/* Is it on a disk that may be full? */
bool destination_has_disk(const struct destination *d);
/* Did what failed there fail for lack of room?  SFTP has no word for that but
 * the one that it has for all else: then it is held for likely. */
bool destination_is_full(const struct destination *d, const struct err *err);

/* From now on called before each destination_get: whoever reads for hours has
 * something to keep alive.  -1 of it is -1 of the reading.  NULL: no more. */
void destination_keep(struct destination *d,
    int (*keep)(void *context, struct err *err), void *context);
/* Calls it: for whoever only writes there for hours. */
int destination_touch(struct destination *d, struct err *err);

/* Does its name still lead to what was opened, or was that unmounted, renamed
 * or removed?  ERR_SYSTEM.  What is far away answers by its objects alone. */
int destination_is_there(struct destination *d, struct err *err);
/* Makes what must be there before the first object. */
int destination_prepare(struct destination *d, struct err *err);

/* Durable and whole when it returns 0; a crash leaves the object whole or not
 * at all.  One of that name is replaced. */
int destination_put(struct destination *d, const char *name,
    struct slice octets, struct err *err);
/* The same, durable only after destination_sync: for many small ones that are
 * new.  A crash may leave one empty. */
int destination_put_lazily(struct destination *d, const char *name,
    struct slice octets, struct err *err);
int destination_sync(struct destination *d, struct err *err);
/* Appends octets [offset, offset + n) of the object; n 0: to its end.  1; 0
 * there is no such object; -1, also where it is shorter. */
int destination_get(struct destination *d, const char *name, uint64_t offset,
    size_t n, struct buf *out, struct err *err);
/* Whoever reads all of it, once, by several threads: past the page cache, where
 * there is such a way. */
void destination_read_direct(struct destination *d);
/* As destination_put() of what `from' has under that name: by the server
 * itself, where it holds both and can. */
int destination_clone(struct destination *d, struct destination *from,
    const char *name, struct err *err);
/* No object of that name is no error. */
int destination_remove(struct destination *d, const char *name,
    struct err *err);

/* Takes away what killed writers left half-written: while nobody writes. */
int destination_tidy(struct destination *d, struct err *err);

struct destination_list {
	struct destination_item {
		char *name;
		int64_t size;
	} *items; /* sorted by name */
	size_t n;
};
/* The objects below `FOLDER/' (at any depth); none is no error. */
int destination_list(struct destination *d, const char *folder,
    struct destination_list *list, struct err *err);
/* The one of that name, or NULL. */
const struct destination_item *destination_list_find(
    const struct destination_list *list, const char *name);
void destination_list_add(struct destination_list *list, const char *name,
    int64_t size);
void destination_list_free(struct destination_list *list);

#endif
