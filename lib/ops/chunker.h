/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_CHUNKER_H
#define FE_OPS_CHUNKER_H

#include <stddef.h>
#include <stdint.h>

#include "crypto/keyring.h"

/*
 * Content-defined chunks: where a rolling hash of the last 64 octets ends in
 * zeros, so that an insertion moves no boundary but the nearest.  (Gear hash
 * with a stricter mask before the wanted size and a laxer one behind it, as in
 * "FastCDC", USENIX ATC 2016.)  The hash's table is made from a key of the
 * repository: lengths of chunks do not tell which known file it is.
 */
#define CHUNK_MIN ((size_t)64 << 10)
#define CHUNK_WANTED ((size_t)256 << 10)
#define CHUNK_MAX ((size_t)1 << 20)

struct chunker {
	uint64_t gear[256];
};
void chunker_init(struct chunker *c, const unsigned char key[KEY_SIZE]);
/* Length of the first chunk of these octets: n where none ends before, so give
 * CHUNK_MAX of them, or all there are. */
size_t chunker_cut(const struct chunker *c, const void *octets, size_t n);

#endif
