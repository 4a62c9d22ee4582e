/* SPDX-License-Identifier: ISC */
#ifndef FE_SCAN_FIELD_WORDS_H
#define FE_SCAN_FIELD_WORDS_H

#include <stdint.h>

#include "base/slice.h"

/*
 * The words of a field's value, in lower case, and the shapes of what stands
 * between its blanks, as hashes (fnv.h, from a start of the field's own).  A
 * shape keeps one of letters and digits in a row, as what they are.  The
 * hashes are part of the model's format.
 */
#define FIELD_WORD_MAX 40   /* octets of a word that counts */
#define FIELD_SHAPES_MAX 60 /* of a value */

struct field_hash {
	uint32_t hash;
	uint32_t end; /* offset behind it */
};
struct field_hashes {
	struct field_hash *items;
	size_t n;
};
/* What an octet is; masks are all ones or none. */
struct field_octet {
	uint32_t word_mask, word;  /* 0: of no word */
	uint32_t shape, lone_mask; /* kept beside its like */
	uint32_t blank_mask, factor_less; /* of a shape, less 1 */
};
struct field_words {
	struct field_hashes words, shapes; /* of the value read last */
	struct field_octet octets[256];
};

/* Values have at most size_max octets. */
void field_words_init(struct field_words *f, size_t size_max);
void field_words_free(struct field_words *f);
void field_words_read(struct field_words *f, uint32_t key,
    struct slice value);
/* For a person: what stands before the end of that word or shape. */
struct slice field_words_word(const struct field_words *f, size_t i,
    struct slice value);
struct slice field_words_shape(const struct field_words *f, size_t i,
    struct slice value);

#endif
