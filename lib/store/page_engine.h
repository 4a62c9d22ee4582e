/* SPDX-License-Identifier: ISC */
#ifndef FE_STORE_PAGE_ENGINE_H
#define FE_STORE_PAGE_ENGINE_H

#include <stddef.h>

/*
 * ChaCha20 and Poly1305 for many pages.  OpenSSL's assembler takes half the
 * time of libsodium's code, but the library takes a third of a small filter's
 * start to load, and as much again to find its own code.  So a program has it
 * only if the Makefile says so (PAGE_ENGINE): what is started for one message
 * has not, what reads whole mailboxes has, and so has fe-store of STATIC=1,
 * where nothing is loaded.  The symbol is weak: its address is NULL in all
 * others.
 */
struct page_engine {
	void *(*open)(void); /* NULL where it does not start */
	void (*close)(void *engine);
	/* start: the counter, little-endian, then the nonce.  0, or -1. */
	int (*stream)(void *engine, const unsigned char *key,
	    const unsigned char start[16], const unsigned char *in,
	    unsigned char *out, size_t n);
	int (*tag)(void *engine, const unsigned char *key,
	    const unsigned char *p, size_t n, unsigned char tag[16]);
};

extern const struct page_engine page_openssl __attribute__((weak));

#endif
