/* SPDX-License-Identifier: ISC */
/*
 * The reading half.  The keys of the packs read last are kept, and, where
 * the destination is far away, packs of lists and maps whole.  Several threads
 * may read: each takes a desk with a key of its own, and decrypts beside the
 * others.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/secret.h"
#include "ops/repository_parts.h"

#define KEYS_KEPT 32
#define PACKS_KEPT 3
#define DESKS 8

struct kept_pack {
	uint32_t number;   /* in the index */
	struct buf octets; /* of a whole pack; else empty */
	unsigned char *key;
	uint64_t used;
};

/* Of the thread that has taken it. */
struct desk {
	bool taken;
	unsigned char *key;
	struct buf stored; /* of the blob being read */
};

struct repository_reader {
	pthread_mutex_t mutex;
	pthread_cond_t given_back;
	struct desk desks[DESKS];
	struct kept_pack keys[KEYS_KEPT];
	struct kept_pack whole[PACKS_KEPT];
	uint64_t clock;
};

struct repository_reader *
repository_reader_new(void)
{
	struct repository_reader *reader = mem_zalloc(sizeof(*reader));

	pthread_mutex_init(&reader->mutex, NULL);
	pthread_cond_init(&reader->given_back, NULL);
	for (size_t i = 0; i < DESKS; i++)
		reader->desks[i].stored = (struct buf)BUF_INIT;
	for (size_t i = 0; i < PACKS_KEPT; i++)
		reader->whole[i].octets = (struct buf)BUF_INIT;
	for (size_t i = 0; i < KEYS_KEPT; i++)
		reader->keys[i].octets = (struct buf)BUF_INIT;
	return reader;
}

void
repository_reader_free(struct repository_reader *reader)
{
	if (reader == NULL)
		return;
	for (size_t i = 0; i < KEYS_KEPT; i++)
		secret_free(reader->keys[i].key);
	for (size_t i = 0; i < PACKS_KEPT; i++)
		buf_free(&reader->whole[i].octets);
	for (size_t i = 0; i < DESKS; i++) {
		secret_free(reader->desks[i].key);
		buf_free(&reader->desks[i].stored);
	}
	pthread_mutex_destroy(&reader->mutex);
	pthread_cond_destroy(&reader->given_back);
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

/* Lists and maps of a destination that is far away come by the whole pack. */
static bool
is_read_whole(const struct repository *r, uint32_t number)
{
	return r->index.packs[number].kind == PACK_META &&
	    destination_folder(r->destination) == NULL;
}

/* Appends octets of a pack, by way of the whole one where that is better;
 * that alone by one thread at a time. */
static int
read_part(struct repository *r, uint32_t number, uint64_t offset, size_t n,
    struct buf *out, struct err *err)
{
	struct kept_pack *kept;
	struct slice part;

	if (!is_read_whole(r, number))
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

static struct desk *
free_desk(struct repository_reader *reader)
{
	for (size_t i = 0; i < DESKS; i++)
		if (!reader->desks[i].taken)
			return &reader->desks[i];
	return NULL;
}

/* A desk with the key of the pack, and the stored octets if they come by way
 * of the whole pack. */
static struct desk *
take_desk(struct repository *r, const struct indexed_blob *found,
    struct err *err)
{
	struct repository_reader *reader = r->reader;
	struct desk *desk;
	const unsigned char *key;
	int result = -1;

	pthread_mutex_lock(&reader->mutex);
	while ((desk = free_desk(reader)) == NULL)
		pthread_cond_wait(&reader->given_back, &reader->mutex);
	if (desk->key == NULL)
		desk->key = secret_alloc(KEY_SIZE);
	buf_truncate(&desk->stored, 0);
	key = pack_key(r, found->pack, err);
	if (key != NULL) {
		memcpy(desk->key, key, KEY_SIZE);
		result = !is_read_whole(r, found->pack) ? 0 : read_part(r,
		    found->pack, found->blob.offset, found->blob.stored,
		    &desk->stored, err);
	}
	desk->taken = result == 0;
	pthread_mutex_unlock(&reader->mutex);
	return result == 0 ? desk : NULL;
}

static void
give_back_desk(struct repository_reader *reader, struct desk *desk)
{
	pthread_mutex_lock(&reader->mutex);
	desk->taken = false;
	pthread_cond_signal(&reader->given_back);
	pthread_mutex_unlock(&reader->mutex);
}

/* The blob, whose octets are read if they are not there. */
static int
open_blob(struct repository *r, const struct indexed_blob *found,
    struct desk *desk, struct buf *out, struct err *err)
{
	char name[REPOSITORY_PACK_NAME_SIZE];

	if (!is_read_whole(r, found->pack) && read_pack(r, found->pack,
		found->blob.offset, found->blob.stored, &desk->stored, err) < 0)
		return -1;
	if (pack_open_blob(desk->key, &found->blob, buf_slice(&desk->stored),
		out, err) == 0)
		return 0;
	repository_pack_name(r->index.packs[found->pack].id, name);
	return err_prefix(err, "'%s/%s'", destination_name(r->destination),
	    name);
}

int
repository_get(struct repository *r, const unsigned char *id,
    struct buf *out, struct err *err)
{
	const struct indexed_blob *found = blob_index_find(&r->index, id);
	struct desk *desk;
	int result;

	if (found == NULL)
		return err_set(err, ERR_CONFIG, "a part of the backup is in "
		    "no pack of '%s'", destination_name(r->destination));
	desk = take_desk(r, found, err);
	if (desk == NULL)
		return -1;
	result = open_blob(r, found, desk, out, err);
	give_back_desk(r->reader, desk);
	return result;
}
