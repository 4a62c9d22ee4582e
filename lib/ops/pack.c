/* SPDX-License-Identifier: ISC */
/*
 * Packs.  What is read may come from a hostile destination: every length is
 * checked against what there is, and no octet is believed before its tag.
 */
#include "ops/pack.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "base/direct_file.h"
#include "base/id.h"
#include "base/mem.h"
#include "base/secret.h"

#define MAGIC_SIZE 8
#define LABEL_SIZE (MAGIC_SIZE + 1 + PACK_ID_SIZE)
#define BOX_SIZE (SEAL_NONCE_SIZE + KEY_SIZE + SEAL_TAG_SIZE)
#define SEALED_BOX_SIZE (crypto_box_SEALBYTES + KEY_SIZE)
#define COUNT_SIZE 4
#define TABLE_ROOM ((size_t)64 << 10)
#define LEVEL_DATA 1
#define LEVEL_META 3

enum blob_kind
blob_kind(const struct blob *blob)
{
	return (enum blob_kind)(blob->kind &
	    ~(BLOB_IS_PACKED | BLOB_IS_THINNED));
}

bool
blob_is_meta(enum blob_kind kind)
{
	return kind == BLOB_MAP || kind == BLOB_LIST;
}

void
blob_put(struct buf *out, const struct blob *blob)
{
	buf_append(out, blob->id, BLOB_ID_SIZE);
	buf_append_char(out, (char)blob->kind);
	put_u32(out, blob->offset);
	put_u32(out, blob->stored);
	put_u32(out, blob->octets);
}

int
blob_read(struct blob *blob, const unsigned char *p, size_t pack_size)
{
	enum blob_kind kind;

	memcpy(blob->id, p, BLOB_ID_SIZE);
	blob->kind = p[BLOB_ID_SIZE];
	blob->offset = read_u32(p + BLOB_ID_SIZE + 1);
	blob->stored = read_u32(p + BLOB_ID_SIZE + 5);
	blob->octets = read_u32(p + BLOB_ID_SIZE + 9);
	kind = blob_kind(blob);
	if (kind < BLOB_DATA || kind > BLOB_LIST ||
	    blob->octets > BLOB_MAX || blob->stored < SEAL_TAG_SIZE ||
	    blob->stored > BLOB_MAX + SEAL_TAG_SIZE ||
	    blob->offset < LABEL_SIZE || blob->offset > pack_size ||
	    blob->stored > pack_size - blob->offset)
		return -1;
	if ((blob->kind & BLOB_IS_PACKED) == 0 &&
	    blob->stored != blob->octets + SEAL_TAG_SIZE)
		return -1;
	return 0;
}

/* The offset of what is sealed; the table takes the highest. */
static void
make_nonce(unsigned char nonce[SEAL_NONCE_SIZE], uint64_t offset)
{
	memset(nonce, 0, SEAL_NONCE_SIZE);
	for (int i = 0; i < 8; i++)
		nonce[i] = (unsigned char)(offset >> (8 * i));
}

static struct slice
blob_label(const struct blob *blob, unsigned char out[BLOB_ID_SIZE + 5])
{
	memcpy(out, blob->id, BLOB_ID_SIZE);
	out[BLOB_ID_SIZE] = blob->kind;
	for (int i = 0; i < 4; i++)
		out[BLOB_ID_SIZE + 1 + i] =
		    (unsigned char)(blob->octets >> (8 * i));
	return slice_of(out, BLOB_ID_SIZE + 5);
}

size_t
pack_head_size(int kind)
{
	if (kind == PACK_META || kind == PACK_DATA)
		return LABEL_SIZE + BOX_SIZE;
	return kind == PACK_SEALED ? LABEL_SIZE + SEALED_BOX_SIZE : 0;
}

static const unsigned char *
box_key(enum pack_kind kind, const struct repository_keys *keys)
{
	return kind == PACK_META ? keys->meta : keys->data;
}

/* What is in a sealed box becomes the key together with the label, which the
 * box itself cannot bind. */
static void
bind_key(unsigned char *key, const char *head)
{
	unsigned char bound[KEY_SIZE];

	crypto_generichash(bound, KEY_SIZE, (const unsigned char *)head,
	    LABEL_SIZE, key, KEY_SIZE);
	memcpy(key, bound, KEY_SIZE);
	sodium_memzero(bound, sizeof(bound));
}

/* For a whole pack, once: to grow would copy it, and it is to be written from
 * where it lies. */
static void
make_room(struct buf *octets)
{
	octets->capacity = PACK_TARGET + BLOB_MAX / 4 + TABLE_ROOM;
	octets->p = direct_alloc(octets->capacity);
	octets->p[0] = '\0';
}

int
pack_begin(struct pack *pack, enum pack_kind kind,
    const struct repository_keys *keys, struct buf *room, struct err *err)
{
	unsigned char nonce[SEAL_NONCE_SIZE], box[SEALED_BOX_SIZE];
	struct buf *out = &pack->octets;

	memset(pack, 0, sizeof(*pack));
	pack->octets = (struct buf)BUF_INIT;
	if (room != NULL && room->p != NULL) {
		pack->octets = *room;
		buf_truncate(out, 0);
		*room = (struct buf)BUF_INIT;
	} else if (kind != PACK_META)
		make_room(out);
	pack->kind = kind;
	random_octets(pack->id, PACK_ID_SIZE);
	pack->key = secret_alloc(KEY_SIZE);
	random_octets(pack->key, KEY_SIZE);
	buf_append(out, PACK_MAGIC, MAGIC_SIZE);
	buf_append_char(out, (char)kind);
	buf_append(out, pack->id, PACK_ID_SIZE);
	if (kind == PACK_SEALED) {
		if (crypto_box_seal(box, pack->key, KEY_SIZE,
			keys->public) < 0)
			return err_set(err, ERR_CONFIG, "the repository's "
			    "public key is none");
		buf_append(out, box, SEALED_BOX_SIZE);
		bind_key(pack->key, out->p);
		return 0;
	}
	random_octets(nonce, sizeof(nonce));
	if (seal_close(box, pack->key, KEY_SIZE, slice_of(out->p, LABEL_SIZE),
		nonce, box_key(kind, keys), err) < 0)
		return -1;
	buf_append(out, nonce, sizeof(nonce));
	buf_append(out, box, KEY_SIZE + SEAL_TAG_SIZE);
	return 0;
}

/* One context a thread, since making one costs more than a small blob. */
static size_t
compress(void *to, size_t room, struct slice from, int level)
{
	static _Thread_local ZSTD_CCtx *kept;

	if (kept == NULL)
		kept = ZSTD_createCCtx();
	if (kept == NULL)
		return 0;
	return ZSTD_compressCCtx(kept, to, room, from.p, from.n, level);
}

/* Packs the octets where that spares at least a 32nd.  The result lives until
 * the next call. */
static struct slice
squeeze(struct slice octets, const struct blob *blob, struct buf *room)
{
	enum blob_kind kind = blob_kind(blob);
	bool worth = kind != BLOB_PAGES || (blob->kind & BLOB_IS_THINNED) != 0;
	size_t n;

	if (!worth || octets.n < 64 || octets.n > UINT32_MAX)
		return SLICE_NONE;
	buf_reserve(room, octets.n);
	n = compress(room->p, octets.n - octets.n / 32, octets,
	    blob_is_meta(kind) ? LEVEL_META : LEVEL_DATA);
	if (n == 0 || ZSTD_isError(n))
		return SLICE_NONE;
	return slice_of(room->p, n);
}

int
pack_add(struct pack *pack, const unsigned char *id, enum blob_kind kind,
    bool thinned, struct slice octets, struct err *err)
{
	struct blob blob = {.kind = (uint8_t)kind,
	    .offset = (uint32_t)pack->octets.n, .octets = (uint32_t)octets.n};
	unsigned char nonce[SEAL_NONCE_SIZE], label[BLOB_ID_SIZE + 5];
	struct buf room = BUF_INIT;
	struct slice packed;
	int result;

	if (octets.n > BLOB_MAX)
		return err_set(err, ERR_BUG, "a blob is too large");
	if (thinned)
		blob.kind |= BLOB_IS_THINNED;
	packed = squeeze(octets, &blob, &room);
	if (packed.p != NULL) {
		blob.kind |= BLOB_IS_PACKED;
		octets = packed;
	}
	memcpy(blob.id, id, BLOB_ID_SIZE);
	blob.stored = (uint32_t)(octets.n + SEAL_TAG_SIZE);
	make_nonce(nonce, blob.offset);
	buf_reserve(&pack->octets, blob.stored);
	result = seal_close(
	    (unsigned char *)pack->octets.p + pack->octets.n, octets.p,
	    octets.n, blob_label(&blob, label), nonce, pack->key, err);
	pack->octets.n += blob.stored;
	pack->octets.p[pack->octets.n] = '\0';
	if (pack->n % 64 == 0)
		pack->blobs = mem_array(pack->blobs, pack->n + 64,
		    sizeof(*pack->blobs));
	pack->blobs[pack->n++] = blob;
	buf_free(&room);
	return result;
}

int
pack_end(struct pack *pack, struct err *err)
{
	unsigned char nonce[SEAL_NONCE_SIZE];
	struct buf table = BUF_INIT, count = BUF_INIT;
	size_t stored;
	int result;

	for (size_t i = 0; i < pack->n; i++)
		blob_put(&table, &pack->blobs[i]);
	put_u32(&count, (uint32_t)pack->n);
	stored = table.n + SEAL_TAG_SIZE;
	make_nonce(nonce, UINT64_MAX);
	buf_reserve(&pack->octets, stored + COUNT_SIZE);
	result = seal_close(
	    (unsigned char *)pack->octets.p + pack->octets.n,
	    buf_text(&table), table.n, buf_slice(&count), nonce, pack->key,
	    err);
	pack->octets.n += stored;
	buf_append_slice(&pack->octets, buf_slice(&count));
	buf_free(&table);
	buf_free(&count);
	return result;
}

void
pack_free(struct pack *pack)
{
	secret_free(pack->key);
	buf_free(&pack->octets);
	free(pack->blobs);
	memset(pack, 0, sizeof(*pack));
}

static int
open_box(enum pack_kind kind, const unsigned char *head,
    const struct repository_keys *keys, unsigned char *key)
{
	const unsigned char *box = head + LABEL_SIZE;

	if (kind != PACK_SEALED)
		return seal_open(key, box + SEAL_NONCE_SIZE,
		    KEY_SIZE + SEAL_TAG_SIZE,
		    slice_of(head, LABEL_SIZE), box, box_key(kind, keys));
	if (crypto_box_seal_open(key, box, SEALED_BOX_SIZE, keys->public,
		keys->secret) < 0)
		return -1;
	bind_key(key, (const char *)head);
	return 0;
}

unsigned char *
pack_open_key(struct slice head, const unsigned char id[PACK_ID_SIZE],
    const struct repository_keys *keys, struct err *err)
{
	const unsigned char *p = (const unsigned char *)head.p;
	char name[2 * PACK_ID_SIZE + 1];
	unsigned char *key;
	size_t size = head.n > MAGIC_SIZE ? pack_head_size(p[MAGIC_SIZE]) : 0;

	hex_encode(id, PACK_ID_SIZE, name);
	if (size == 0 || head.n < size ||
	    memcmp(p, PACK_MAGIC, MAGIC_SIZE) != 0 ||
	    memcmp(p + MAGIC_SIZE + 1, id, PACK_ID_SIZE) != 0) {
		err_set(err, ERR_CONFIG, "pack '%s' is damaged", name);
		return NULL;
	}
	if (p[MAGIC_SIZE] != PACK_META && !keys->can_read) {
		err_set(err, ERR_USAGE, "this host can write the repository "
		    "and not read it: the repository key is needed");
		return NULL;
	}
	key = secret_alloc(KEY_SIZE);
	if (open_box((enum pack_kind)p[MAGIC_SIZE], p, keys, key) == 0)
		return key;
	secret_free(key);
	err_set(err, ERR_CONFIG, "pack '%s' is damaged, or of another "
	    "repository key", name);
	return NULL;
}

static int
expand(const struct blob *blob, struct slice packed, struct buf *out)
{
	size_t n;

	buf_reserve(out, blob->octets);
	n = ZSTD_decompress(out->p, blob->octets, packed.p, packed.n);
	if (ZSTD_isError(n) || n != blob->octets)
		return -1;
	out->n = n;
	out->p[n] = '\0';
	return 0;
}

int
pack_open_blob(const unsigned char *key, const struct blob *blob,
    struct slice stored, struct buf *out, struct err *err)
{
	unsigned char nonce[SEAL_NONCE_SIZE], label[BLOB_ID_SIZE + 5];
	bool packed = (blob->kind & BLOB_IS_PACKED) != 0;
	struct buf squeezed = BUF_INIT, *to = packed ? &squeezed : out;
	char name[2 * BLOB_ID_SIZE + 1];
	int result = -1;

	buf_truncate(out, 0);
	make_nonce(nonce, blob->offset);
	if (stored.n == blob->stored && stored.n >= SEAL_TAG_SIZE &&
	    (packed || stored.n - SEAL_TAG_SIZE == blob->octets)) {
		buf_reserve(to, stored.n);
		result = seal_open((unsigned char *)to->p, stored.p, stored.n,
		    blob_label(blob, label), nonce, key);
		to->n = result < 0 ? 0 : stored.n - SEAL_TAG_SIZE;
		to->p[to->n] = '\0';
	}
	if (result == 0 && packed)
		result = expand(blob, buf_slice(&squeezed), out);
	buf_free(&squeezed);
	if (result == 0)
		return 0;
	hex_encode(blob->id, BLOB_ID_SIZE, name);
	return err_set(err, ERR_CONFIG, "blob '%.16s' is damaged", name);
}

int
pack_read_table(const unsigned char *key, struct slice pack,
    struct blob **blobs, size_t *n, struct err *err)
{
	const unsigned char *p = (const unsigned char *)pack.p;
	unsigned char nonce[SEAL_NONCE_SIZE], *table;
	size_t count, size, at;
	int result;

	*blobs = NULL;
	*n = 0;
	if (pack.n < LABEL_SIZE + SEAL_TAG_SIZE + COUNT_SIZE)
		return err_set(err, ERR_CONFIG, "a pack is too short");
	count = read_u32(p + pack.n - COUNT_SIZE);
	size = count * BLOB_ENTRY_SIZE;
	if (size > pack.n - LABEL_SIZE - SEAL_TAG_SIZE - COUNT_SIZE)
		return err_set(err, ERR_CONFIG, "the table of a pack is "
		    "damaged");
	at = pack.n - COUNT_SIZE - SEAL_TAG_SIZE - size;
	table = mem_alloc(size + 1);
	make_nonce(nonce, UINT64_MAX);
	result = seal_open(table, p + at, size + SEAL_TAG_SIZE,
	    slice_part(pack, pack.n - COUNT_SIZE, pack.n), nonce, key);
	*blobs = mem_zalloc((count + 1) * sizeof(**blobs));
	for (size_t i = 0; i < count && result == 0; i++)
		result = blob_read(&(*blobs)[i], table + i * BLOB_ENTRY_SIZE,
		    at);
	free(table);
	if (result == 0) {
		*n = count;
		return 0;
	}
	free(*blobs);
	*blobs = NULL;
	return err_set(err, ERR_CONFIG, "the table of a pack is damaged");
}
