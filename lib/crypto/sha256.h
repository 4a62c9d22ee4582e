/* SPDX-License-Identifier: ISC */
#ifndef FE_CRYPTO_SHA256_H
#define FE_CRYPTO_SHA256_H

#include <openssl/sha.h>
#include <stddef.h>

/*
 * SHA-256 by OpenSSL's code, which has that of the processor, without the
 * search for an implementation that EVP begins with: that takes half a
 * millisecond for the first hash of a process.  A state can be copied by
 * assignment.
 */
#define SHA256_SIZE 32

struct sha256 {
	SHA256_CTX state;
};

void sha256_init(struct sha256 *hash);
void sha256_add(struct sha256 *hash, const void *p, size_t n);
void sha256_end(struct sha256 *hash, unsigned char out[SHA256_SIZE]);

#endif
