/* SPDX-License-Identifier: ISC */
#ifndef FE_SCAN_FEATURE_H
#define FE_SCAN_FEATURE_H

#include <stdint.h>

#include "field_words.h"
#include "raw_words.h"
#include "reading.h"

/*
 * What a spam classifier sees of a message: numbers of buckets, each at most
 * once.
 *
 *	grams  four octets in a row of the header as it stands and of the text
 *	       that a reader sees (HTML as text, lower case, blanks joined),
 *	       words of the header and their shapes with the name of their
 *	       field, and names of fields in a row; those of the text come
 *	       last, for the upper bit tells them apart
 *	pairs  two words of the raw message with 0 to 3 others between them;
 *	       the distance is in the upper two bits
 *
 * What is looked at is bounded, so that a message of 50 MiB costs little more
 * than one of 50 KiB.  The hashes are part of the model's format.
 */
#define FEATURE_GRAM_BITS 17
#define FEATURE_TEXT_FROM ((uint32_t)1 << (FEATURE_GRAM_BITS - 1))
#define FEATURE_PAIR_BITS 20
#define FEATURE_DISTANCES 4
#define FEATURE_HEADER_MAX ((size_t)3000)      /* octets for grams */
#define FEATURE_TEXT_MAX ((size_t)8 << 10)     /* octets of text */
#define FEATURE_RAW_MAX ((size_t)16 << 10)     /* octets for pairs */

struct feature_set {
	uint32_t *items;
	size_t n;
};
/* Which words a bucket stands for, to explain a score. */
struct feature_name {
	uint32_t bucket; /* a gram */
	char text[48];   /* "" until it was seen; for a person */
};
struct features {
	struct feature_set grams, pairs;
	/* Set these before features_make() to have texts filled in. */
	struct feature_name *names;
	size_t names_n;
	uint64_t *seen; /* one bit a bucket of pairs; all 0 between messages */
	uint8_t *stamps, stamp; /* of grams: the message that had it last */
	char folded[256];       /* of octets */
	struct field_words fields;
	struct raw_words raw_words;
	uint32_t *words; /* hashes of those of the raw message */
	struct buf text;
	size_t texts; /* parts that have come into it */
};

/* About 5 MiB of room, used again for each message. */
void features_init(struct features *f);
void features_free(struct features *f);
/* Both replace the sets, the second that of the grams alone.  Never fail. */
void features_make(struct features *f, struct slice message);
void features_make_grams(struct features *f, struct slice message);
/* features_make() for who reads the texts for other reasons, too.  add_text:
 * of the part at hand; false: no more are looked at. */
void features_begin(struct features *f, const struct reading *r);
bool features_add_text(struct features *f, const struct reading *r);
void features_end(struct features *f);
/* Brings both sets into rising order. */
void features_sort(struct features *f);
/* How many of these grams are of the header. */
size_t features_in_header(const struct feature_set *grams);

#endif
