/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_KEPT_BLOBS_H
#define FE_OPS_KEPT_BLOBS_H

#include "ops/repository.h"

/*
 * The blobs of a file that were read last.  The parts of a mailbox that many
 * backups saw change alternate between old blobs and new ones, so each would
 * be read and decrypted again and again.  Their memory is that of
 * direct_alloc(), and stays from file to file; it is 4 MiB, but for a blob
 * that is larger by itself.
 */
#define KEPT_BLOBS 64
#define KEPT_BLOBS_SIZE ((size_t)4 << 20)

struct kept_blobs {
	struct kept_blob {
		bool full;
		unsigned char id[BLOB_ID_SIZE];
		struct buf octets;
		uint64_t used;
	} items[KEPT_BLOBS];
	uint64_t clock;
};
void kept_blobs_init(struct kept_blobs *k);
void kept_blobs_free(struct kept_blobs *k);
/* As repository_get; good until the next call.  NULL: err. */
const struct buf *kept_blobs_get(struct kept_blobs *k, struct repository *r,
    const unsigned char *id, struct err *err);

#endif
