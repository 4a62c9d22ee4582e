/* SPDX-License-Identifier: ISC */
#ifndef FE_SCAN_UNPACK_H
#define FE_SCAN_UNPACK_H

#include <stdint.h>

#include "base/buf.h"
#include "base/json.h"

/*
 * What is in an archive, and in the archives in it (libarchive).  For a
 * process of its own, fe-unpack: nothing else links this file, since the
 * library is large and its formats are the most hostile octets there are.
 * Files are unpacked into memory, one at a time, and looked at by content.h.
 */
#define UNPACK_KEEP ((size_t)8 << 20) /* octets of a file that are looked at */
#define UNPACK_ITEMS_MAX 10           /* files that are named */
#define UNPACK_NAME_MAX 200
#define UNPACK_RATIO_FREE ((uint64_t)4 << 20) /* any ratio is well below it */

struct unpack_limits {
	int64_t depth_max; /* of archives in archives; 1: none is opened */
	int64_t files_max, size_max, ratio_max; /* of all, unpacked */
	int64_t time_max_ms;
};
struct unpack_item {
	char name[UNPACK_NAME_MAX + 1]; /* UTF-8; `inner.zip/a.exe' */
	const char *kind;
	uint64_t size;  /* as far as it was unpacked */
	unsigned flags; /* of content.h */
};
struct unpack_result {
	unsigned flags;    /* of all that is in it */
	uint64_t files, size;
	unsigned depth;    /* 1: no archive in it */
	const char *limit; /* which one was reached, or NULL */
	struct unpack_item items[UNPACK_ITEMS_MAX]; /* those with flags */
	size_t n, left_out;
};

void unpack_look(struct slice octets, const struct unpack_limits *limits,
    struct unpack_result *result);
/* An object: files, size, depth, limit, flags, items. */
void unpack_write(const struct unpack_result *result, struct buf *out);

#endif
