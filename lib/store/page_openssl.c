/* SPDX-License-Identifier: ISC */
/* Its configuration file is not read: it could name another implementation,
 * and a sandbox has no files. */
#include "page_engine.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>

#include "base/mem.h"
#include "page.h"

struct engine {
	EVP_CIPHER *chacha;
	EVP_CIPHER_CTX *stream;
	EVP_MAC *poly;
	EVP_MAC_CTX *mac;
};

static void
engine_close(void *cookie)
{
	struct engine *e = cookie;

	EVP_MAC_CTX_free(e->mac);
	EVP_MAC_free(e->poly);
	EVP_CIPHER_CTX_free(e->stream);
	EVP_CIPHER_free(e->chacha);
	free(e);
}

static void *
engine_open(void)
{
	static const unsigned char zeros[PAGE_KEY_SIZE];
	struct engine *e = mem_zalloc(sizeof(*e));

	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	e->chacha = EVP_CIPHER_fetch(NULL, "ChaCha20", NULL);
	e->stream = EVP_CIPHER_CTX_new();
	e->poly = EVP_MAC_fetch(NULL, "POLY1305", NULL);
	e->mac = e->poly == NULL ? NULL : EVP_MAC_CTX_new(e->poly);
	if (e->chacha != NULL && e->stream != NULL && e->mac != NULL &&
	    EVP_EncryptInit_ex2(e->stream, e->chacha, zeros, zeros, NULL) == 1)
		return e;
	engine_close(e);
	return NULL;
}

static int
engine_stream(void *cookie, const unsigned char *key,
    const unsigned char start[16], const unsigned char *in,
    unsigned char *out, size_t n)
{
	struct engine *e = cookie;
	int done;

	return EVP_EncryptInit_ex2(e->stream, NULL, key, start, NULL) == 1 &&
	    EVP_EncryptUpdate(e->stream, out, &done, in, (int)n) == 1 ? 0 : -1;
}

static int
engine_tag(void *cookie, const unsigned char *key, const unsigned char *p,
    size_t n, unsigned char tag[16])
{
	struct engine *e = cookie;
	size_t done;

	return EVP_MAC_init(e->mac, key, PAGE_KEY_SIZE, NULL) == 1 &&
	    EVP_MAC_update(e->mac, p, n) == 1 &&
	    EVP_MAC_final(e->mac, tag, &done, 16) == 1 ? 0 : -1;
}

const struct page_engine page_openssl = {.open = engine_open,
    .close = engine_close, .stream = engine_stream, .tag = engine_tag};
