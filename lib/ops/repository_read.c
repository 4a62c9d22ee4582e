/* SPDX-License-Identifier: ISC */
/*
 * The reading half.  The keys of the packs read last are kept, and, where
 * the destination is far away, packs of lists and maps whole.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/secret.h"
#include "ops/repository_parts.h"

#define KEYS_KEPT 32
#define PACKS_KEPT 3

struct kept_pack {
	uint32_t number;   /* in the index */
	struct buf octets; /* of a whole pack; else empty */
	unsigned char *key;
	uint64_t used;
};

struct repository_reader {
	struct kept_pack keys[KEYS_KEPT];
	struct kept_pack whole[PACKS_KEPT];
	struct buf stored; /* of the blob being read */
	uint64_t clock;
};

void
repository_reader_free(struct repository_reader *reader)
{
	if (reader == NULL)
		return;
	for (size_t i = 0; i < KEYS_KEPT; i++)
		secret_free(reader->keys[i].key);
	for (size_t i = 0; i < PACKS_KEPT; i++)
		buf_free(&reader->whole[i].octets);
	buf_free(&reader->stored);
	free(reader);
}

/* The pack's place, or the one that was not used for longest, emptied. */
static struct kept_pack *
place_of(struct repository_reader *reader, struct kept_pack *list, size_t n,
    uint32_t number)
{
	struct kept_pack *oldest = &list[0];

	reader->clock++;
	for (size_t i = 0; i < n; i++) {
		if (list[i].used > 0 && list[i].number == number) {
			list[i].used = reader->clock;
			return &list[i];
		}
		if (list[i].used < oldest->used)
			oldest = &list[i];
	}
	secret_free(oldest->key);
	oldest->key = NULL;
	buf_reset(&oldest->octets);
	oldest->number = number;
	oldest->used = reader->clock;
	return oldest;
}

/* As destination_get, where a missing pack is an error, too. */
static int
read_pack(struct repository *r, uint32_t number, uint64_t offset, size_t n,
    struct buf *out, struct err *err)
{
	char name[REPOSITORY_PACK_NAME_SIZE];
	int got;

	repository_pack_name(r->index.packs[number].id, name);
	got = destination_get(r->destination, name, offset, n, out, err);
	if (got == 0)
		return err_set(err, ERR_CONFIG, "'%s/%s' is missing",
		    destination_name(r->destination), name);
	return got < 0 ? -1 : 0;
}

/* Appends octets of a pack, by way of the whole one where that is better. */
static int
read_part(struct repository *r, uint32_t number, uint64_t offset, size_t n,
    struct buf *out, struct err *err)
{
	const struct indexed_pack *pack = &r->index.packs[number];
	struct kept_pack *kept;
	struct slice part;

	if (pack->kind != PACK_META ||
	    destination_folder(r->destination) != NULL)
		return read_pack(r, number, offset, n, out, err);
	kept = place_of(r->reader, r->reader->whole, PACKS_KEPT, number);
	if (kept->octets.n == 0 && read_pack(r, number, 0, 0, &kept->octets,
		err) < 0)
		return -1;
	part = slice_part(buf_slice(&kept->octets), offset, offset + n);
	if (part.n != n)
		return err_set(err, ERR_CONFIG, "a pack is cut short");
	buf_append_slice(out, part);
	return 0;
}

static const unsigned char *
pack_key(struct repository *r, uint32_t number, struct err *err)
{
	struct kept_pack *kept = place_of(r->reader, r->reader->keys,
	    KEYS_KEPT, number);
	const struct indexed_pack *pack = &r->index.packs[number];
	struct buf head = BUF_INIT;

	if (kept->key == NULL && read_part(r, number, 0,
		pack_head_size(pack->kind), &head, err) == 0)
		kept->key = pack_open_key(buf_slice(&head), pack->id, r->keys,
		    err);
	if (kept->key == NULL)
		kept->used = 0;
	buf_free(&head);
	return kept->key;
}

int
repository_get(struct repository *r, const unsigned char *id,
    struct buf *out, struct err *err)
{
	const struct indexed_blob *found = blob_index_find(&r->index, id);
	const unsigned char *key;
	char name[REPOSITORY_PACK_NAME_SIZE];

	if (found == NULL)
		return err_set(err, ERR_CONFIG, "a part of the backup is in "
		    "no pack of '%s'", destination_name(r->destination));
	if (r->reader == NULL) {
		r->reader = mem_zalloc(sizeof(*r->reader));
		r->reader->stored = (struct buf)BUF_INIT;
		for (size_t i = 0; i < PACKS_KEPT; i++)
			r->reader->whole[i].octets = (struct buf)BUF_INIT;
		for (size_t i = 0; i < KEYS_KEPT; i++)
			r->reader->keys[i].octets = (struct buf)BUF_INIT;
	}
	key = pack_key(r, found->pack, err);
	if (key == NULL)
		return -1;
	buf_truncate(&r->reader->stored, 0);
	if (read_part(r, found->pack, found->blob.offset, found->blob.stored,
		&r->reader->stored, err) < 0)
		return -1;
	if (pack_open_blob(key, &found->blob, buf_slice(&r->reader->stored),
		out, err) == 0)
		return 0;
	repository_pack_name(r->index.packs[found->pack].id, name);
	return err_prefix(err, "'%s/%s'", destination_name(r->destination),
	    name);
}
