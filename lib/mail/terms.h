/* SPDX-License-Identifier: ISC */
#ifndef FE_MAIL_TERMS_H
#define FE_MAIL_TERMS_H

#include <stdint.h>

#include "base/buf.h"
#include "base/slice.h"

/*
 * Words for the index, and words of a query cut in the same way.  A word is a
 * run of letters and digits; `. - _ @' between two of them join, and then the
 * whole and its pieces are terms (`bob@x.example': that, bob, x, example).
 * Case is folded in Latin, Greek, Cyrillic and Armenian script; soft hyphens
 * and other octets without width are left out; scripts without blanks (Han,
 * kana, hangul) give pairs of neighbours.  Each term is kept once.
 */
#define TERM_SIZE_MAX 64                     /* octets; longer ones are cut */
#define TERMS_MAX 10000                      /* of one message */
#define TERMS_SIZE_MAX ((size_t)256 << 10)   /* all of them */

struct terms_slot {
	uint32_t hash;
	uint32_t offset; /* into text, plus 1; 0: free */
	uint32_t n;
};
struct terms {
	struct buf text; /* terms, with one blank between them */
	size_t n;
	bool truncated;
	struct terms_slot *slots; /* open addressing; a power of two */
	size_t slots_n;
};

void terms_init(struct terms *t);
void terms_free(struct terms *t);
/* Adds the words of UTF-8 text, each behind the prefix (`s:'; "": none). */
void terms_add(struct terms *t, const char *prefix, struct slice text);
/* Simple case folding of one character. */
uint32_t terms_fold(uint32_t code);

#endif
