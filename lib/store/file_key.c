/* SPDX-License-Identifier: ISC */
/*
 * From what a person or a keyslot has to the octets that encrypt pages.
 */
#include "file_key.h"

#include <sodium.h>
#include <string.h>

#include "base/id.h"
#include "base/secret.h"
#include "base/slice.h"
#include "page.h"

#define DERIVED_MAX 2

struct derived {
	int known;
	unsigned char salt[PAGE_SALT_SIZE];
	unsigned char key[PAGE_KEY_SIZE];
};

struct file_key {
	unsigned references;
	int is_raw;
	int has_salt;
	int newest; /* index into derived */
	unsigned kdf_iter;
	struct derived derived[DERIVED_MAX]; /* raw: the key is in the first */
	size_t text_n;
	char text[]; /* the passphrase */
};

/* `digits' are a key, or a key and a salt, in hex. */
static int
take_hex(struct file_key *key, struct slice digits)
{
	struct derived *raw = key->derived;

	if (digits.n != 2 * PAGE_KEY_SIZE &&
	    digits.n != 2 * (PAGE_KEY_SIZE + PAGE_SALT_SIZE))
		return 0;
	if (hex_decode(slice_part(digits, 0, 2 * PAGE_KEY_SIZE),
	    raw->key, PAGE_KEY_SIZE) < 0)
		return 0;
	if (digits.n > 2 * PAGE_KEY_SIZE) {
		if (hex_decode(slice_part(digits, 2 * PAGE_KEY_SIZE,
		    digits.n), raw->salt, PAGE_SALT_SIZE) < 0)
			return 0;
		key->has_salt = 1;
	}
	return 1;
}

static int
take_octets(struct file_key *key, struct slice octets)
{
	struct derived *raw = key->derived;

	if (octets.n != PAGE_KEY_SIZE &&
	    octets.n != PAGE_KEY_SIZE + PAGE_SALT_SIZE)
		return 0;
	memcpy(raw->key, octets.p, PAGE_KEY_SIZE);
	if (octets.n > PAGE_KEY_SIZE) {
		memcpy(raw->salt, octets.p + PAGE_KEY_SIZE, PAGE_SALT_SIZE);
		key->has_salt = 1;
	}
	return 1;
}

/* The forms of a raw key in a key text.  Whatever is not exactly one of
 * them is a passphrase, with its `raw:'.  The closing quote of x'...' is
 * not looked at, as other tools do not look at it. */
static int
take_raw_text(struct file_key *key, struct slice text)
{
	if (slice_starts(text, "raw:")) {
		struct slice rest = slice_part(text, 4, text.n);

		return take_octets(key, rest) || take_hex(key, rest);
	}
	if (slice_case_starts(text, "x'"))
		return take_hex(key, slice_part(text, 2, text.n - 1));
	return 0;
}

struct file_key *
file_key_new(const struct database_key *from, struct err *err)
{
	struct slice text = {from->octets, from->n};
	struct file_key *key;

	if (from->n == 0 || from->n > DATABASE_KEY_MAX) {
		err_set(err, ERR_USAGE, from->n == 0 ? "the key is empty" :
		    "the key is longer than %d octets", DATABASE_KEY_MAX);
		return NULL;
	}
	if (from->kind == DATABASE_KEY_RAW && from->n != PAGE_KEY_SIZE) {
		err_set(err, ERR_BUG, "a raw key has %d octets",
		    PAGE_KEY_SIZE);
		return NULL;
	}
	key = secret_alloc(sizeof(*key) + from->n);
	key->references = 1;
	key->kdf_iter = from->kdf_iter != 0 ? from->kdf_iter :
	    DATABASE_KDF_ITER;
	key->is_raw = from->kind == DATABASE_KEY_RAW ?
	    take_octets(key, text) : take_raw_text(key, text);
	if (!key->is_raw) {
		key->text_n = from->n;
		memcpy(key->text, from->octets, from->n);
	}
	return key;
}

struct file_key *
file_key_share(struct file_key *key)
{
	key->references++;
	return key;
}

void
file_key_drop(struct file_key *key)
{
	if (key != NULL && --key->references == 0)
		secret_free(key);
}

/* PBKDF2 with HMAC-SHA-256 (RFC 8018, 5.2): the first block is all we need.
 * The keyed state is copied rather than made again for each round. */
static void
stretch(const char *text, size_t n, const unsigned char *salt,
    unsigned rounds, unsigned char out[PAGE_KEY_SIZE])
{
	static const unsigned char first_block[] = {0, 0, 0, 1};
	crypto_auth_hmacsha256_state keyed, state;
	unsigned char u[crypto_auth_hmacsha256_BYTES];

	_Static_assert(sizeof(u) == PAGE_KEY_SIZE, "one block is one key");
	crypto_auth_hmacsha256_init(&keyed, (const unsigned char *)text, n);
	state = keyed;
	crypto_auth_hmacsha256_update(&state, salt, PAGE_SALT_SIZE);
	crypto_auth_hmacsha256_update(&state, first_block,
	    sizeof(first_block));
	crypto_auth_hmacsha256_final(&state, u);
	memcpy(out, u, PAGE_KEY_SIZE);
	while (--rounds > 0) {
		state = keyed;
		crypto_auth_hmacsha256_update(&state, u, sizeof(u));
		crypto_auth_hmacsha256_final(&state, u);
		for (size_t i = 0; i < PAGE_KEY_SIZE; i++)
			out[i] ^= u[i];
	}
	sodium_memzero(&keyed, sizeof(keyed));
	sodium_memzero(&state, sizeof(state));
	sodium_memzero(u, sizeof(u));
}

static const unsigned char *
derive(struct file_key *key, struct derived *into, const unsigned char *salt)
{
	stretch(key->text, key->text_n, salt, key->kdf_iter, into->key);
	memcpy(into->salt, salt, PAGE_SALT_SIZE);
	into->known = 1;
	return into->key;
}

const unsigned char *
file_key_for(struct file_key *key, const unsigned char *salt)
{
	if (key->is_raw)
		return key->derived[0].key;
	for (int i = 0; i < DERIVED_MAX; i++) {
		struct derived *have = &key->derived[i];

		if (have->known &&
		    memcmp(have->salt, salt, PAGE_SALT_SIZE) == 0) {
			key->newest = i;
			return have->key;
		}
	}
	key->newest = (key->newest + 1) % DERIVED_MAX;
	return derive(key, &key->derived[key->newest], salt);
}

const unsigned char *
file_key_salt(const struct file_key *key)
{
	return key->has_salt ? key->derived[0].salt : NULL;
}
