/* SPDX-License-Identifier: ISC */
/* OpenSSL 3 calls these deprecated, to lead everybody to EVP, and has them in
 * all versions; nothing in them can fail. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "crypto/sha256.h"

void
sha256_init(struct sha256 *hash)
{
	SHA256_Init(&hash->state);
}

void
sha256_add(struct sha256 *hash, const void *p, size_t n)
{
	SHA256_Update(&hash->state, p, n);
}

void
sha256_end(struct sha256 *hash, unsigned char out[SHA256_SIZE])
{
	SHA256_Final(out, &hash->state);
}
