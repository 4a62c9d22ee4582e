/* SPDX-License-Identifier: ISC */
/* Packs and sealed objects: any bit that is flipped is found. */
#include "ops/pack.h"

#include <sodium.h>
#include <stdlib.h>

#include "base/secret.h"
#include "ops/blob_index.h"
#include "unit.h"

static struct repository_keys *
make_keys(unsigned char first, bool sealed)
{
	unsigned char key[KEY_SIZE] = {first};

	return repository_keys_derive(key, sealed);
}

static void
fill(struct pack *pack, enum pack_kind kind,
    const struct repository_keys *keys)
{
	static const char text[] = "the same words, the same words, the same "
	    "words, the same words, the same words, the same words";
	unsigned char id[BLOB_ID_SIZE] = {1};

	EXPECT(pack_begin(pack, kind, keys, NULL, NULL) == 0);
	EXPECT(pack_add(pack, id, BLOB_DATA, false, SLICE(text), NULL) == 0);
	id[0] = 2;
	EXPECT(pack_add(pack, id, BLOB_PAGES, false, SLICE("pages"), NULL) ==
	    0);
	id[0] = 3;
	EXPECT(pack_add(pack, id, BLOB_DATA, false, SLICE(""), NULL) == 0);
	EXPECT(pack_end(pack, NULL) == 0);
	EXPECT((pack->blobs[0].kind & BLOB_IS_PACKED) != 0);
	EXPECT((pack->blobs[1].kind & BLOB_IS_PACKED) == 0);
}

/* Everything that a reader would read: true where all of it is right. */
static bool
reads_whole(struct slice octets, const struct pack *pack,
    const struct repository_keys *keys)
{
	unsigned char *key = pack_open_key(octets, pack->id, keys, NULL);
	struct buf out = BUF_INIT;
	struct blob *blobs = NULL;
	size_t n = 0;
	bool whole = key != NULL &&
	    pack_read_table(key, octets, &blobs, &n, NULL) == 0 && n == 3;

	for (size_t i = 0; i < n && whole; i++)
		whole = pack_open_blob(key, &blobs[i], slice_part(octets,
		    blobs[i].offset, blobs[i].offset + blobs[i].stored), &out,
		    NULL) == 0;
	free(blobs);
	buf_free(&out);
	secret_free(key);
	return whole;
}

static void
flip_all(enum pack_kind kind)
{
	struct repository_keys *keys = make_keys(1, kind == PACK_SEALED);
	struct repository_keys *others = make_keys(2, kind == PACK_SEALED);
	struct pack pack;
	size_t missed = 0;

	fill(&pack, kind, keys);
	EXPECT(reads_whole(buf_slice(&pack.octets), &pack, keys));
	EXPECT(!reads_whole(buf_slice(&pack.octets), &pack, others));
	for (size_t bit = 0; bit < pack.octets.n * 8; bit++) {
		pack.octets.p[bit / 8] ^= (char)(1 << bit % 8);
		missed += reads_whole(buf_slice(&pack.octets), &pack, keys);
		pack.octets.p[bit / 8] ^= (char)(1 << bit % 8);
	}
	EXPECT_NUMBER("flips that were not seen", 0, missed);
	for (size_t n = 0; n < pack.octets.n; n += 7)
		EXPECT(!reads_whole(slice_part(buf_slice(&pack.octets), 0, n),
		    &pack, keys));
	pack_free(&pack);
	repository_keys_free(keys);
	repository_keys_free(others);
}

static void
every_flipped_bit_of_a_pack_is_seen(void)
{
	flip_all(PACK_DATA);
	flip_all(PACK_META);
}

static void
every_flipped_bit_of_a_sealed_pack_is_seen(void)
{
	flip_all(PACK_SEALED);
}

static void
every_flipped_bit_of_an_object_is_seen(void)
{
	unsigned char key[KEY_SIZE] = {9};
	struct buf object = BUF_INIT, out = BUF_INIT;
	size_t missed = 0;

	EXPECT(seal_object(&object, SLICE("{\"fe\":1}"), "snapshots/x", key,
	    NULL) == 0);
	EXPECT(seal_object_open(&out, buf_slice(&object), "snapshots/x", key,
	    NULL) == 0);
	EXPECT_SLICE("content", SLICE("{\"fe\":1}"), buf_slice(&out));
	/* The name says when it was made: it is bound. */
	EXPECT(seal_object_open(&out, buf_slice(&object), "snapshots/y", key,
	    NULL) < 0);
	for (size_t bit = 0; bit < object.n * 8; bit++) {
		object.p[bit / 8] ^= (char)(1 << bit % 8);
		missed += seal_object_open(&out, buf_slice(&object),
		    "snapshots/x", key, NULL) == 0;
		object.p[bit / 8] ^= (char)(1 << bit % 8);
	}
	EXPECT_NUMBER("flips that were not seen", 0, missed);
	buf_free(&object);
	buf_free(&out);
}

/* Ours is faster; it must be the same construction. */
static void
seals_are_those_of_libsodium(void)
{
	unsigned char key[32], nonce[24], plain[1000], ours[1016], theirs[1016];

	randombytes_buf(key, sizeof(key));
	randombytes_buf(nonce, sizeof(nonce));
	randombytes_buf(plain, sizeof(plain));
	EXPECT(seal_close(ours, plain, sizeof(plain), SLICE("data"), nonce,
	    key, NULL) == 0);
	crypto_aead_xchacha20poly1305_ietf_encrypt(theirs, NULL, plain,
	    sizeof(plain), (const unsigned char *)"data", 4, NULL, nonce, key);
	EXPECT(memcmp(ours, theirs, sizeof(ours)) == 0);
	EXPECT(seal_open(ours, theirs, sizeof(theirs), SLICE("data"), nonce,
	    key) == 0);
	EXPECT(memcmp(ours, plain, sizeof(plain)) == 0);
}

static void
a_host_that_only_writes_cannot_read_content(void)
{
	struct repository_keys *keys = make_keys(1, true);
	struct err err = ERR_INIT;
	struct pack pack;

	fill(&pack, PACK_SEALED, keys);
	keys->can_read = false;
	EXPECT(pack_open_key(buf_slice(&pack.octets), pack.id, keys, &err) ==
	    NULL);
	EXPECT(err.kind == ERR_USAGE);
	pack_free(&pack);
	repository_keys_free(keys);
}

static void
an_index_comes_back_and_a_cut_one_is_refused(void)
{
	struct repository_keys *keys = make_keys(1, false);
	struct indexed_pack place = {.kind = PACK_DATA};
	struct blob_index index = {.packs = NULL};
	struct buf text = BUF_INIT;
	struct pack pack;

	fill(&pack, PACK_DATA, keys);
	memcpy(place.id, pack.id, PACK_ID_SIZE);
	place.octets = (uint32_t)pack.octets.n;
	blob_index_format(&text, &place, pack.blobs, pack.n);
	EXPECT(blob_index_parse(&index, buf_slice(&text), "x", NULL) == 0);
	EXPECT_NUMBER("blobs", 3, index.blobs_n);
	EXPECT(blob_index_find(&index, pack.blobs[1].id) != NULL);
	EXPECT(blob_index_find(&index, pack.blobs[1].id + 1) == NULL);
	blob_index_free(&index);
	for (size_t n = 1; n < text.n; n++) {
		EXPECT(blob_index_parse(&index, slice_part(buf_slice(&text),
		    0, n), "x", NULL) < 0);
		blob_index_free(&index);
	}
	buf_free(&text);
	pack_free(&pack);
	repository_keys_free(keys);
}

int
main(void)
{
	UNIT_RUN(every_flipped_bit_of_a_pack_is_seen);
	UNIT_RUN(every_flipped_bit_of_a_sealed_pack_is_seen);
	UNIT_RUN(every_flipped_bit_of_an_object_is_seen);
	UNIT_RUN(seals_are_those_of_libsodium);
	UNIT_RUN(a_host_that_only_writes_cannot_read_content);
	UNIT_RUN(an_index_comes_back_and_a_cut_one_is_refused);
	return UNIT_RESULT;
}
