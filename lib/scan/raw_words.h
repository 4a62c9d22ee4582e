/* SPDX-License-Identifier: ISC */
#ifndef FE_SCAN_RAW_WORDS_H
#define FE_SCAN_RAW_WORDS_H

#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

/*
 * The words of a raw text, which blanks and control characters part, as
 * hashes (fnv.h).
 */
struct raw_words {
	struct { /* by octet: what makes the next hash of the last one */
		uint32_t factor, start;
	} octets[256];
};

/* Room for the hashes of a text of so many octets, and what is written there
 * on the way. */
#define RAW_WORDS_ROOM(size) ((size) / 2 + 4)

void raw_words_init(struct raw_words *r);
/* Returns their number. */
size_t raw_words_hash(const struct raw_words *r, struct slice text,
    uint32_t *hashes);

#endif
