/* SPDX-License-Identifier: ISC */
#ifndef FE_STORE_PAGE_H
#define FE_STORE_PAGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * One page of an encrypted database, as the cipher `chacha20' of SQLite3
 * Multiple Ciphers has it:
 *
 *	0 .. n-1      ciphertext, n = size - 32 (page 1: see below)
 *	n .. n+15     nonce, random, fresh at every write of the page
 *	n+16 .. n+31  Poly1305 tag over all octets before it
 *
 * A block of ChaCha20 (file key, first 12 octets of the nonce, counter =
 * last 4 octets, little-endian, XOR page number) gives the Poly1305 key and
 * the key of this one page.  Counters wrap without carry.
 *
 * Page 1 begins with the file's salt (16 octets, in place of SQLite's magic)
 * and octets 16 to 23 of SQLite's header in clear, authenticated.
 *
 * Not bound by a tag: which version of a page it is (an old copy is
 * accepted), how many pages there are.
 */
#define PAGE_KEY_SIZE 32
#define PAGE_SALT_SIZE 16
#define PAGE_TRAILER_SIZE 32
#define PAGE_CLEAR_SIZE 24 /* salt and clear header of page 1 */
#define PAGE_SIZE_MIN 512
#define PAGE_SIZE_MAX 65536

/* A power of two from PAGE_SIZE_MIN to PAGE_SIZE_MAX. */
int page_size_is_valid(size_t size);
/* From octets 16 and 17 of a database header; 0 when it is none. */
size_t page_size_read(const unsigned char *header);

/*
 * The working state: contexts of OpenSSL, once they are worth it, and a pool
 * of random nonces, which a child of fork(2) does not inherit.  Not to be used
 * by two threads at once.  Holds no file key.
 */
struct page_cipher;
struct page_cipher *page_cipher_new(struct err *err);
void page_cipher_free(struct page_cipher *cipher); /* accepts NULL */

/*
 * Encrypts size octets to out (no overlap).  `salt' is written where the
 * number is 1.  The last 32 octets of the plain page are not looked at.
 * -1 when the system has no random numbers or OpenSSL fails.
 */
int page_seal(struct page_cipher *cipher, const unsigned char *key,
    uint32_t number, const unsigned char *salt, const unsigned char *plain,
    size_t size, unsigned char *out);
/* The same with a given nonce of 16 octets: for tests alone. */
int page_seal_with(struct page_cipher *cipher, const unsigned char *key,
    uint32_t number, const unsigned char *salt, const unsigned char *nonce,
    const unsigned char *plain, size_t size, unsigned char *out);

/*
 * Checks the tag, and only then decrypts to out, which may be the page
 * itself; the trailer goes along, and page 1 gets SQLite's magic back.  -1
 * when the tag is wrong: out is untouched.
 */
int page_open(struct page_cipher *cipher, const unsigned char *key,
    uint32_t number, const unsigned char *page, size_t size,
    unsigned char *out);
/* The tag alone; 1 right, 0 wrong. */
int page_is_authentic(struct page_cipher *cipher, const unsigned char *key,
    uint32_t number, const unsigned char *page, size_t size);

#endif
