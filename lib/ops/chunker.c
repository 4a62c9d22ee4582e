/* SPDX-License-Identifier: ISC */
/* Where a file is cut. */
#include "ops/chunker.h"

#include <sodium.h>

/* 20 and 16 bits, in the upper half where the older octets still count. */
#define MASK_BEFORE (((uint64_t)1 << 20) - 1) << 40
#define MASK_BEHIND (((uint64_t)1 << 16) - 1) << 40

void
chunker_init(struct chunker *c, const unsigned char key[KEY_SIZE])
{
	static const unsigned char nonce[crypto_stream_xchacha20_NONCEBYTES] =
	    "fe-chunker";

	crypto_stream_xchacha20((unsigned char *)c->gear, sizeof(c->gear),
	    nonce, key);
}

static size_t
find_end(const struct chunker *c, const unsigned char *p, size_t from,
    size_t to, uint64_t mask, uint64_t *hash)
{
	uint64_t h = *hash;

	while (from < to) {
		h = (h << 1) + c->gear[p[from++]];
		if ((h & mask) == 0)
			return from;
	}
	*hash = h;
	return 0;
}

size_t
chunker_cut(const struct chunker *c, const void *octets, size_t n)
{
	const unsigned char *p = octets;
	size_t wanted, end;
	uint64_t hash = 0;

	if (n <= CHUNK_MIN)
		return n;
	if (n > CHUNK_MAX)
		n = CHUNK_MAX;
	wanted = n < CHUNK_WANTED ? n : CHUNK_WANTED;
	/* The 64 octets before the first possible end count already. */
	(void)find_end(c, p, CHUNK_MIN - 64, CHUNK_MIN, ~(uint64_t)0, &hash);
	end = find_end(c, p, CHUNK_MIN, wanted, MASK_BEFORE, &hash);
	if (end == 0)
		end = find_end(c, p, wanted, n, MASK_BEHIND, &hash);
	return end == 0 ? n : end;
}
