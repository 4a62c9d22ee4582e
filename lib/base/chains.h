/* SPDX-License-Identifier: ISC */
#ifndef FE_BASE_CHAINS_H
#define FE_BASE_CHAINS_H

#include <stddef.h>
#include <stdint.h>

/*
 * A hash table over entries that are numbers from 0 on and stay the caller's:
 * he keeps what they stand for, compares, and gives the hash of each.  An
 * entry is in at most one chain.
 */
struct chains {
	size_t *heads, *next; /* entry + 1; 0 ends a chain */
	size_t mask;
};

/* For n entries. */
void chains_init(struct chains *c, size_t n);
void chains_free(struct chains *c);
/* In zeroed memory of the caller's, of chains_size(n) octets, which he
 * frees. */
size_t chains_size(size_t n);
void chains_place(struct chains *c, size_t n, void *memory);
void chains_add(struct chains *c, uint64_t hash, size_t entry);
/* An entry that is not there is no error. */
void chains_remove(struct chains *c, uint64_t hash, size_t entry);
/* The entries of a hash, and others that happen to share its chain: -1 is
 * behind the last. */
ptrdiff_t chains_first(const struct chains *c, uint64_t hash);
ptrdiff_t chains_next(const struct chains *c, ptrdiff_t entry);

#endif
