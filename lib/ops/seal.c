/* SPDX-License-Identifier: ISC */
/*
 * Sealing and opening.  What is opened is foreign: nothing of it is looked at
 * before its tag is checked.
 */
#include "ops/seal.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <sodium.h>
#include <string.h>
#include <zstd.h>

#include "base/id.h"
#include "base/mem.h"

#define SUBNONCE_SIZE 12
#define OBJECT_LEVEL 3

void
put_u32(struct buf *out, uint32_t value)
{
	unsigned char octets[4] = {(unsigned char)value,
	    (unsigned char)(value >> 8), (unsigned char)(value >> 16),
	    (unsigned char)(value >> 24)};

	buf_append(out, octets, sizeof(octets));
}

uint32_t
read_u32(const unsigned char *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	    (uint32_t)p[3] << 24;
}

static pthread_key_t kept; /* of each thread, which frees it at its end */
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
free_context(void *c)
{
	EVP_CIPHER_CTX_free(c);
}

static void
make_key(void)
{
	if (pthread_key_create(&kept, free_context) != 0)
		mem_fail();
}

/* A context for each thread, made once: making one costs as much as sealing
 * a page. */
static EVP_CIPHER_CTX *
context(void)
{
	EVP_CIPHER_CTX *c;

	pthread_once(&once, make_key);
	c = pthread_getspecific(kept);
	if (c == NULL) {
		c = EVP_CIPHER_CTX_new();
		(void)pthread_setspecific(kept, c);
	}
	return c;
}

/* XChaCha20 is ChaCha20 under a key made of key and 16 octets of the nonce. */
static int
start(EVP_CIPHER_CTX *c, const unsigned char *nonce, const unsigned char *key,
    struct slice associated, int closing)
{
	unsigned char subkey[SEAL_KEY_SIZE], rest[SUBNONCE_SIZE] = {0};
	int n, ok;

	crypto_core_hchacha20(subkey, nonce, key, NULL);
	memcpy(rest + 4, nonce + 16, 8);
	ok = c != NULL && EVP_CipherInit_ex(c, EVP_chacha20_poly1305(), NULL,
	    subkey, rest, closing) == 1 && EVP_CipherUpdate(c, NULL, &n,
	    (const unsigned char *)associated.p, (int)associated.n) == 1;
	sodium_memzero(subkey, sizeof(subkey));
	return ok ? 0 : -1;
}

int
seal_close(unsigned char *out, const void *plain, size_t n,
    struct slice associated, const unsigned char *nonce,
    const unsigned char *key, struct err *err)
{
	EVP_CIPHER_CTX *c = context();
	int got, end;

	if (n > INT32_MAX || start(c, nonce, key, associated, 1) < 0 ||
	    EVP_CipherUpdate(c, out, &got, plain, (int)n) != 1 ||
	    EVP_CipherFinal_ex(c, out + got, &end) != 1 ||
	    EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, SEAL_TAG_SIZE,
	    out + n) != 1)
		return err_set(err, ERR_SYSTEM, "OpenSSL cannot encrypt");
	return 0;
}

int
seal_open(unsigned char *out, const void *sealed, size_t n,
    struct slice associated, const unsigned char *nonce,
    const unsigned char *key)
{
	const unsigned char *from = sealed;
	unsigned char tag[SEAL_TAG_SIZE];
	EVP_CIPHER_CTX *c = context();
	int got, end;

	if (n < SEAL_TAG_SIZE || n > INT32_MAX)
		return -1;
	n -= SEAL_TAG_SIZE;
	memcpy(tag, from + n, SEAL_TAG_SIZE);
	if (start(c, nonce, key, associated, 0) == 0 &&
	    EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, SEAL_TAG_SIZE,
	    tag) == 1 && EVP_CipherUpdate(c, out, &got, from, (int)n) == 1 &&
	    EVP_CipherFinal_ex(c, out + got, &end) == 1)
		return 0;
	memset(out, 0, n);
	return -1;
}

/* Magic and name: whichever object it is. */
static struct slice
label(struct buf *out, const char *name)
{
	buf_append_text(out, SEAL_MAGIC);
	buf_append_text(out, name);
	return buf_slice(out);
}

int
seal_object(struct buf *out, struct slice octets, const char *name,
    const unsigned char *key, struct err *err)
{
	unsigned char nonce[SEAL_NONCE_SIZE];
	struct buf packed = BUF_INIT, data = BUF_INIT;
	size_t room = ZSTD_compressBound(octets.n), n;
	int result;

	if (octets.n > SEAL_OBJECT_MAX)
		return err_set(err, ERR_SYSTEM, "'%s' is larger than 1 GiB",
		    name);
	put_u32(&packed, (uint32_t)octets.n);
	buf_reserve(&packed, room);
	n = ZSTD_compress(packed.p + packed.n, room, octets.p, octets.n,
	    OBJECT_LEVEL);
	if (ZSTD_isError(n)) {
		buf_free(&packed);
		return err_set(err, ERR_SYSTEM, "zstd cannot compress");
	}
	packed.n += n;
	random_octets(nonce, sizeof(nonce));
	buf_append_text(out, SEAL_MAGIC);
	buf_append(out, nonce, sizeof(nonce));
	buf_reserve(out, packed.n + SEAL_TAG_SIZE);
	result = seal_close((unsigned char *)out->p + out->n, packed.p,
	    packed.n, label(&data, name), nonce, key, err);
	out->n += packed.n + SEAL_TAG_SIZE;
	out->p[out->n] = '\0';
	buf_wipe(&packed);
	buf_free(&data);
	return result;
}

static int
unpack(struct buf *out, struct slice packed, const char *name,
    struct err *err)
{
	const unsigned char *p = (const unsigned char *)packed.p;
	size_t size, n;

	if (packed.n < 4 || (size = read_u32(p)) > SEAL_OBJECT_MAX ||
	    buf_reserve(out, size + 1) < 0)
		return err_set(err, ERR_CONFIG, "'%s' says a wrong size", name);
	n = ZSTD_decompress(out->p + out->n, size, p + 4, packed.n - 4);
	if (ZSTD_isError(n) || n != size)
		return err_set(err, ERR_CONFIG, "'%s' does not unpack", name);
	out->n += n;
	out->p[out->n] = '\0';
	return 0;
}

int
seal_object_open(struct buf *out, struct slice object, const char *name,
    const unsigned char *key, struct err *err)
{
	const size_t head = sizeof(SEAL_MAGIC) - 1 + SEAL_NONCE_SIZE;
	const unsigned char *p = (const unsigned char *)object.p;
	struct buf packed = BUF_INIT, data = BUF_INIT;
	int result = -1;

	if (!slice_starts(object, SEAL_MAGIC) ||
	    object.n < head + SEAL_TAG_SIZE)
		return err_set(err, ERR_CONFIG, "'%s' is damaged", name);
	buf_reserve(&packed, object.n - head);
	if (seal_open((unsigned char *)packed.p, p + head, object.n - head,
		label(&data, name), p + sizeof(SEAL_MAGIC) - 1, key) < 0)
		err_set(err, ERR_CONFIG, "'%s' is damaged, or of another "
		    "repository key", name);
	else {
		packed.n = object.n - head - SEAL_TAG_SIZE;
		result = unpack(out, buf_slice(&packed), name, err);
	}
	buf_wipe(&packed);
	buf_free(&data);
	return result;
}
