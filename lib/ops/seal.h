/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_SEAL_H
#define FE_OPS_SEAL_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03), compatible with libsodium's
 * crypto_aead_xchacha20poly1305_ietf and twice as fast: HChaCha20 is
 * libsodium's, the rest OpenSSL's assembler.  And whole objects sealed with
 * it.
 */
#define SEAL_KEY_SIZE 32
#define SEAL_NONCE_SIZE 24
#define SEAL_TAG_SIZE 16

/* Writes n + SEAL_TAG_SIZE octets to out, which may not overlap. */
int seal_close(unsigned char *out, const void *plain, size_t n,
    struct slice associated, const unsigned char *nonce,
    const unsigned char *key, struct err *err);
/* Checks the tag and writes n - SEAL_TAG_SIZE octets; -1 without a sentence
 * when it is wrong, and out is then zeroed. */
int seal_open(unsigned char *out, const void *sealed, size_t n,
    struct slice associated, const unsigned char *nonce,
    const unsigned char *key);

/*
 * An object of a repository that is read whole (index, snapshot, key object):
 *
 *	magic (8) | nonce (24) | XChaCha20-Poly1305(length (4) | zstd(octets))
 *
 * with the magic and the object's name as associated data, so that one cannot
 * take the place of another.
 */
#define SEAL_MAGIC "fe-obj1\n"
#define SEAL_OBJECT_MAX ((size_t)1 << 30) /* of octets, unpacked */

/* Appends the sealed object. */
int seal_object(struct buf *out, struct slice octets, const char *name,
    const unsigned char *key, struct err *err);
/* Appends the octets.  ERR_CONFIG: damaged, or sealed with another key. */
int seal_object_open(struct buf *out, struct slice object, const char *name,
    const unsigned char *key, struct err *err);

/* Numbers in the files of a repository: least significant octet first. */
void put_u32(struct buf *out, uint32_t value);
uint32_t read_u32(const unsigned char *p);

#endif
