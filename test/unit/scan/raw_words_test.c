/* SPDX-License-Identifier: ISC */
#include "scan/raw_words.h"

#include "scan/fnv.h"
#include "unit.h"

#define TEXT_MAX 9

/* One octet after the other, by the words of the header. */
static size_t
hash_slowly(struct slice text, uint32_t *hashes)
{
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		if ((unsigned char)text.p[i] <= 0x20)
			continue;
		hashes[n] = FNV_START;
		for (; i < text.n && (unsigned char)text.p[i] > 0x20; i++)
			hashes[n] = fnv_octet(hashes[n],
			    (unsigned char)text.p[i]);
		n++;
	}
	return n;
}

static void
hashes_every_text_as_octet_by_octet(void)
{
	uint32_t want[RAW_WORDS_ROOM(TEXT_MAX)];
	uint32_t got[RAW_WORDS_ROOM(TEXT_MAX)];
	static const char alphabet[] = {'a', ' ', '\xff'};
	char text[TEXT_MAX];
	struct raw_words r;

	raw_words_init(&r);
	for (unsigned n = 0, texts = 1; n <= TEXT_MAX; n++, texts *= 3)
		for (unsigned number = 0; number < texts; number++) {
			struct slice s = {text, n};
			size_t words;

			for (unsigned i = 0, rest = number; i < n; i++) {
				text[i] = alphabet[rest % 3];
				rest /= 3;
			}
			words = hash_slowly(s, want);
			if (raw_words_hash(&r, s, got) == words &&
			    memcmp(got, want, words * sizeof(*got)) == 0)
				continue;
			EXPECT_SLICE("a text", SLICE("the same"), s);
			return;
		}
	EXPECT_NUMBER("none", 0, raw_words_hash(&r, SLICE(""), got));
}

int
main(void)
{
	UNIT_RUN(hashes_every_text_as_octet_by_octet);
	return UNIT_RESULT;
}
