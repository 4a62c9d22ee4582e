/* SPDX-License-Identifier: ISC */
/*
 * All octets go the same way, for a processor that guesses where words end
 * loses more than that; and both halves of the text side by side, since each
 * hash waits for the one before it.
 */
#include "raw_words.h"

#include <string.h>

#include "fnv.h"

struct half {
	const unsigned char *at;
	uint32_t *out; /* behind the last word */
	uint32_t hash;
	size_t in_word; /* 1 or 0 */
};

static inline size_t
is_blank(unsigned char c)
{
	return c <= 0x20;
}

void
raw_words_init(struct raw_words *r)
{
	for (int i = 0; i < 256; i++) {
		bool blank = is_blank((unsigned char)i);

		r->octets[i].factor = blank ? 0 : FNV_FACTOR;
		r->octets[i].start = blank ? FNV_START : 0;
	}
}

/* A hash is written at every octet, and stays when its word ends. */
static inline void
step(const struct raw_words *r, struct half *h)
{
	unsigned char c = *h->at++;

	*h->out = h->hash;
	h->out += h->in_word & is_blank(c);
	h->hash = (h->hash ^ c) * r->octets[c].factor + r->octets[c].start;
	h->in_word = 1 - is_blank(c);
}

static void
end(struct half *h)
{
	*h->out = h->hash;
	h->out += h->in_word;
}

size_t
raw_words_hash(const struct raw_words *r, struct slice text, uint32_t *hashes)
{
	const unsigned char *p = (const unsigned char *)text.p;
	const unsigned char *stop = p + text.n, *middle = p + (text.n + 1) / 2;
	struct half first = {p, hashes, FNV_START, 0}, second;
	uint32_t *from;

	while (middle < stop && !is_blank(*middle))
		middle++;
	from = hashes + RAW_WORDS_ROOM(middle - p) - 2;
	second = (struct half){middle, from, FNV_START, 0};
	while (second.at < stop) {
		step(r, &first);
		step(r, &second);
	}
	while (first.at < middle)
		step(r, &first);
	end(&first);
	end(&second);
	memmove(first.out, from, (size_t)(second.out - from) * sizeof(*from));
	return (size_t)(first.out - hashes) + (size_t)(second.out - from);
}
