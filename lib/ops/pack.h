/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_PACK_H
#define FE_OPS_PACK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "ops/seal_keys.h"
#include "ops/seal.h"

/*
 * A pack: many blobs in one file (fe-backup-repo(5)).
 *
 *	magic (8) | kind (1) | id (16) | box of the pack's key
 *	blob ...                          each XChaCha20-Poly1305
 *	table, XChaCha20-Poly1305 | number of blobs (4)
 *
 * A pack has a random key of its own, so the nonce of a blob is its offset.
 * A blob's associated data are its id, kind and length, so that none can take
 * another's place.
 */
#define BLOB_ID_SIZE 32
#define PACK_ID_SIZE 16
#define PACK_MAGIC "fe-pack1"
#define PACK_TARGET ((size_t)16 << 20) /* octets; then it is closed */
#define BLOB_MAX ((size_t)8 << 20)     /* octets of one blob, unpacked */

enum blob_kind {
	BLOB_DATA = 1, /* a chunk of a file */
	BLOB_PAGES,    /* pages of an encrypted database */
	BLOB_MAP,      /* where the parts of a file are (file_map.h) */
	BLOB_LIST      /* part of the list of a snapshot's files */
};
#define BLOB_IS_PACKED 0x80 /* zstd */
#define BLOB_IS_THINNED 0x40 /* pages that no snapshot needs are zeros */

/* In an index, and in the table of a pack. */
struct blob {
	unsigned char id[BLOB_ID_SIZE];
	uint8_t kind; /* with flags */
	uint32_t offset, stored, octets; /* stored: in the pack, with its tag */
};
#define BLOB_ENTRY_SIZE (BLOB_ID_SIZE + 1 + 3 * 4)
enum blob_kind blob_kind(const struct blob *blob);
/* Lists and maps go to packs that the writing host can read, too. */
bool blob_is_meta(enum blob_kind kind);

void blob_put(struct buf *out, const struct blob *blob);
/* From BLOB_ENTRY_SIZE octets.  -1: it cannot lie in a pack of that size. */
int blob_read(struct blob *blob, const unsigned char *p, size_t pack_size);

enum pack_kind { PACK_META = 'm', PACK_DATA = 's', PACK_SEALED = 'p' };

/* One that is being filled. */
struct pack {
	unsigned char id[PACK_ID_SIZE];
	enum pack_kind kind;
	unsigned char *key; /* in the arena */
	struct buf octets;
	struct blob *blobs;
	size_t n;
};

/* `room' may hold memory of an earlier pack, which is taken over, or NULL. */
int pack_begin(struct pack *pack, enum pack_kind kind,
    const struct repository_keys *keys, struct buf *room, struct err *err);
/* The first blob with that id; `thinned' for BLOB_IS_THINNED. */
int pack_add(struct pack *pack, const unsigned char *id, enum blob_kind kind,
    bool thinned, struct slice octets, struct err *err);
int pack_end(struct pack *pack, struct err *err); /* the table */
void pack_free(struct pack *pack); /* also one that was never begun */

/* Octets before the first blob; 0 for no kind. */
#define PACK_HEAD_MAX 128
size_t pack_head_size(int kind);
/* The key of a pack whose head this is (PACK_HEAD_MAX octets, or all of it),
 * in the arena; NULL and err: damaged, or these keys do not open it. */
unsigned char *pack_open_key(struct slice head,
    const unsigned char id[PACK_ID_SIZE], const struct repository_keys *keys,
    struct err *err);
/* Replaces out with the blob, of which these are the stored octets. */
int pack_open_blob(const unsigned char *key, const struct blob *blob,
    struct slice stored, struct buf *out, struct err *err);
/* Reads the table of a whole pack; free(*blobs). */
int pack_read_table(const unsigned char *key, struct slice pack,
    struct blob **blobs, size_t *n, struct err *err);

#endif
