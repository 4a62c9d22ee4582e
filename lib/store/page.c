/* SPDX-License-Identifier: ISC */
/*
 * Encryption of single pages.  Input pages come from disk and are hostile
 * until their tag is checked.  ChaCha20 and Poly1305 are libsodium's, or those
 * of a faster engine once there are many pages, in a program that has one
 * (page_engine.h).  The block that yields the page's keys is always
 * libsodium's: that is faster at 64 octets and leaves no copy of the file key
 * in a heap that is not locked.
 */
#include "page.h"

#include <sodium.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

#include "base/mem.h"
#include "page_engine.h"

#define NONCE_SIZE 16
#define TAG_SIZE 16
#define BLOCK_SIZE 64
#define POOL_NONCES 255
#define FEW_PAGES 100 /* for which the engine is not worth its start */

/* Where the kernel can (Linux 4.14), this page reads as zeros in a child of
 * fork, so that left is 0 and no nonce is given out in both processes. */
struct nonce_pool {
	uint32_t left;
	unsigned char octets[POOL_NONCES * NONCE_SIZE];
};

struct page_cipher {
	void *engine; /* NULL until it is wanted */
	struct nonce_pool *pool;
	bool has_no_engine;
	uint32_t pool_nonces; /* 1 where a child would inherit the pool */
};

static _Atomic unsigned pages_done; /* of the process */

static const char magic[PAGE_SALT_SIZE] = "SQLite format 3";

int
page_size_is_valid(size_t size)
{
	return size >= PAGE_SIZE_MIN && size <= PAGE_SIZE_MAX &&
	    (size & (size - 1)) == 0;
}

size_t
page_size_read(const unsigned char *header)
{
	/* 65536 is written as 1. */
	size_t size = (size_t)header[16] << 8 | (size_t)header[17] << 16;

	return page_size_is_valid(size) ? size : 0;
}

static struct nonce_pool *
pool_new(uint32_t *nonces)
{
	struct nonce_pool *pool = mmap(NULL, sizeof(*pool),
	    PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (pool == MAP_FAILED)
		return NULL;
	*nonces = POOL_NONCES;
	if (madvise(pool, sizeof(*pool), MADV_WIPEONFORK) < 0)
		*nonces = 1;
	return pool;
}

struct page_cipher *
page_cipher_new(struct err *err)
{
	struct page_cipher *cipher = mem_zalloc(sizeof(*cipher));

	if (sodium_init() >= 0)
		cipher->pool = pool_new(&cipher->pool_nonces);
	if (cipher->pool != NULL)
		return cipher;
	page_cipher_free(cipher);
	err_set(err, ERR_SYSTEM, "cannot set up ChaCha20 and Poly1305");
	return NULL;
}

/* Whether the next page is the engine's; where that does not start, none is. */
static bool
use_engine(struct page_cipher *cipher)
{
	if (cipher->engine != NULL)
		return true;
	if (cipher->has_no_engine || &page_openssl == NULL)
		return false;
	if (pages_done < FEW_PAGES) {
		pages_done++;
		return false;
	}
	cipher->engine = page_openssl.open();
	cipher->has_no_engine = cipher->engine == NULL;
	return !cipher->has_no_engine;
}

void
page_cipher_free(struct page_cipher *cipher)
{
	if (cipher == NULL)
		return;
	if (cipher->pool != NULL)
		munmap(cipher->pool, sizeof(*cipher->pool));
	if (cipher->engine != NULL)
		page_openssl.close(cipher->engine);
	free(cipher);
}

static int
fill_random(unsigned char *out, size_t n)
{
	while (n > 0) {
		/* Up to 256 octets come whole; more may be cut by a signal. */
		ssize_t got = getrandom(out, n < 256 ? n : 256, 0);

		if (got <= 0)
			return -1;
		out += got;
		n -= (size_t)got;
	}
	return 0;
}

static int
nonce_take(struct page_cipher *cipher, unsigned char out[NONCE_SIZE])
{
	struct nonce_pool *pool = cipher->pool;

	if (pool->left == 0) {
		if (fill_random(pool->octets,
		    cipher->pool_nonces * NONCE_SIZE) < 0)
			return -1;
		pool->left = cipher->pool_nonces;
	}
	pool->left--;
	memcpy(out, pool->octets + pool->left * NONCE_SIZE, NONCE_SIZE);
	return 0;
}

static uint32_t
read_le32(const unsigned char *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	    (uint32_t)p[3] << 24;
}

static void
write_le32(unsigned char *p, uint32_t value)
{
	p[0] = (unsigned char)value;
	p[1] = (unsigned char)(value >> 8);
	p[2] = (unsigned char)(value >> 16);
	p[3] = (unsigned char)(value >> 24);
}

/* keys: the Poly1305 key, then the page's ChaCha20 key. */
static uint32_t
page_keys(const unsigned char *key, uint32_t number,
    const unsigned char *nonce, unsigned char keys[BLOCK_SIZE])
{
	uint32_t counter = read_le32(nonce + 12) ^ number;

	memset(keys, 0, BLOCK_SIZE);
	crypto_stream_chacha20_ietf_xor_ic(keys, keys, BLOCK_SIZE, nonce,
	    counter, key);
	return counter;
}

static int
stream_part(struct page_cipher *cipher, const unsigned char *key,
    const unsigned char *nonce, uint32_t counter, const unsigned char *in,
    unsigned char *out, size_t n)
{
	unsigned char start[16];

	if (cipher->engine == NULL)
		return crypto_stream_chacha20_ietf_xor_ic(out, in, n, nonce,
		    counter, key);
	write_le32(start, counter);
	memcpy(start + 4, nonce, 12);
	return page_openssl.stream(cipher->engine, key, start, in, out, n);
}

/* The engine carries out of the 32 bit counter into the nonce; the format does
 * not, so the call is split where the counter wraps. */
static int
stream_xor(struct page_cipher *cipher, const unsigned char *key,
    const unsigned char *nonce, uint32_t counter, const unsigned char *in,
    unsigned char *out, size_t n)
{
	uint64_t before_wrap =
	    (((uint64_t)1 << 32) - counter) * BLOCK_SIZE;
	size_t first = n < before_wrap ? n : (size_t)before_wrap;

	if (stream_part(cipher, key, nonce, counter, in, out, first) < 0)
		return -1;
	if (first == n)
		return 0;
	return stream_part(cipher, key, nonce, 0, in + first, out + first,
	    n - first);
}

static int
page_tag(struct page_cipher *cipher, const unsigned char *key,
    const unsigned char *page, size_t size, unsigned char tag[TAG_SIZE])
{
	if (!use_engine(cipher))
		return crypto_onetimeauth_poly1305(tag, page, size - TAG_SIZE,
		    key);
	return page_openssl.tag(cipher->engine, key, page, size - TAG_SIZE,
	    tag);
}

int
page_seal_with(struct page_cipher *cipher, const unsigned char *key,
    uint32_t number, const unsigned char *salt, const unsigned char *nonce,
    const unsigned char *plain, size_t size, unsigned char *out)
{
	unsigned char keys[BLOCK_SIZE];
	size_t end = size - PAGE_TRAILER_SIZE;
	size_t from = number == 1 ? PAGE_CLEAR_SIZE : 0;
	uint32_t counter = page_keys(key, number, nonce, keys);
	int rc;

	if (number == 1) {
		memcpy(out, salt, PAGE_SALT_SIZE);
		memcpy(out + PAGE_SALT_SIZE, plain + PAGE_SALT_SIZE,
		    PAGE_CLEAR_SIZE - PAGE_SALT_SIZE);
	}
	memcpy(out + end, nonce, NONCE_SIZE);
	rc = stream_xor(cipher, keys + PAGE_KEY_SIZE, nonce, counter + 1,
	    plain + from, out + from, end - from);
	if (rc == 0)
		rc = page_tag(cipher, keys, out, size, out + size - TAG_SIZE);
	sodium_memzero(keys, sizeof(keys));
	return rc;
}

int
page_seal(struct page_cipher *cipher, const unsigned char *key,
    uint32_t number, const unsigned char *salt, const unsigned char *plain,
    size_t size, unsigned char *out)
{
	unsigned char nonce[NONCE_SIZE];

	if (nonce_take(cipher, nonce) < 0)
		return -1;
	return page_seal_with(cipher, key, number, salt, nonce, plain, size,
	    out);
}

static int
tag_is_right(struct page_cipher *cipher, const unsigned char *key,
    const unsigned char *page, size_t size)
{
	unsigned char tag[TAG_SIZE];

	return page_tag(cipher, key, page, size, tag) == 0 &&
	    sodium_memcmp(tag, page + size - TAG_SIZE, TAG_SIZE) == 0;
}

int
page_open(struct page_cipher *cipher, const unsigned char *key,
    uint32_t number, const unsigned char *page, size_t size,
    unsigned char *out)
{
	unsigned char keys[BLOCK_SIZE];
	size_t end = size - PAGE_TRAILER_SIZE;
	size_t from = number == 1 ? PAGE_CLEAR_SIZE : 0;
	const unsigned char *nonce = page + end;
	uint32_t counter = page_keys(key, number, nonce, keys);
	int rc = -1;

	if (tag_is_right(cipher, keys, page, size))
		rc = stream_xor(cipher, keys + PAGE_KEY_SIZE, nonce,
		    counter + 1, page + from, out + from, end - from);
	sodium_memzero(keys, sizeof(keys));
	if (rc < 0)
		return -1;
	if (number == 1) {
		memmove(out, page, PAGE_CLEAR_SIZE);
		memcpy(out, magic, sizeof(magic));
	}
	memmove(out + end, page + end, PAGE_TRAILER_SIZE);
	return 0;
}

int
page_is_authentic(struct page_cipher *cipher, const unsigned char *key,
    uint32_t number, const unsigned char *page, size_t size)
{
	unsigned char keys[BLOCK_SIZE];
	int right;

	page_keys(key, number, page + size - PAGE_TRAILER_SIZE, keys);
	right = tag_is_right(cipher, keys, page, size);
	sodium_memzero(keys, sizeof(keys));
	return right;
}
