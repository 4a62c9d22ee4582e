/* SPDX-License-Identifier: ISC */
/* A table of hashes by place; what collides replaces what was there. */
#include "duplicates.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "base/mem.h"

#define HASH_SIZE 16

struct duplicates {
	struct {
		unsigned char hash[HASH_SIZE];
		int64_t expires_ms;
	} slots[DUPLICATES_MAX];
};

struct duplicates *
duplicates_new(void)
{
	return mem_zalloc(sizeof(struct duplicates));
}

void
duplicates_free(struct duplicates *d)
{
	free(d);
}

static void
hash_two(struct slice first, struct slice second,
    unsigned char out[HASH_SIZE])
{
	crypto_generichash_state state;

	crypto_generichash_init(&state, NULL, 0, HASH_SIZE);
	crypto_generichash_update(&state, (const unsigned char *)
	    (first.p != NULL ? first.p : ""), first.n);
	crypto_generichash_update(&state, (const unsigned char *)"", 1);
	crypto_generichash_update(&state, (const unsigned char *)
	    (second.p != NULL ? second.p : ""), second.n);
	crypto_generichash_final(&state, out, HASH_SIZE);
}

static size_t
place_of(const unsigned char hash[HASH_SIZE])
{
	return ((size_t)hash[0] << 8 | hash[1]) % DUPLICATES_MAX;
}

bool
duplicates_has(const struct duplicates *d, struct slice mailbox,
    struct slice handle, int64_t now_ms)
{
	unsigned char hash[HASH_SIZE];
	size_t place;

	hash_two(mailbox, handle, hash);
	place = place_of(hash);
	return d->slots[place].expires_ms > now_ms &&
	    memcmp(d->slots[place].hash, hash, HASH_SIZE) == 0;
}

void
duplicates_add(struct duplicates *d, struct slice mailbox,
    struct slice handle, int64_t expires_ms)
{
	unsigned char hash[HASH_SIZE];
	size_t place;

	hash_two(mailbox, handle, hash);
	place = place_of(hash);
	memcpy(d->slots[place].hash, hash, HASH_SIZE);
	d->slots[place].expires_ms = expires_ms;
}

struct slice
duplicates_handle(struct arena *arena, struct slice handle, struct slice id)
{
	unsigned char hash[HASH_SIZE];
	char digits[2 * HASH_SIZE + 1];

	hash_two(handle, id, hash);
	hex_encode(hash, HASH_SIZE, digits);
	return arena_join(arena, SLICE("duplicate:"), slice_text(digits));
}
