/* SPDX-License-Identifier: ISC */
#include "crypto/sha256.h"

#include <string.h>

#include "base/id.h"
#include "unit.h"

/* FIPS 180-4; the third is SHA-256 of a million times `a'. */
static void
hashes_what_the_standard_does(void)
{
	static const struct {
		const char *piece, *want;
		int times;
	} rows[] = {
	    {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b"
		"7852b855", 1},
	    {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61"
		"f20015ad", 1},
	    {"a", "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39cc"
		"c7112cd0", 1000000}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		unsigned char digest[SHA256_SIZE];
		char text[2 * SHA256_SIZE + 1];
		struct sha256 hash;

		sha256_init(&hash);
		for (int k = 0; k < rows[i].times; k++)
			sha256_add(&hash, rows[i].piece,
			    strlen(rows[i].piece));
		sha256_end(&hash, digest);
		hex_encode(digest, sizeof(digest), text);
		EXPECT_SLICE(rows[i].piece, slice_text(rows[i].want),
		    slice_of(text, 2 * SHA256_SIZE));
	}
}

static void
a_copy_goes_its_own_way(void)
{
	unsigned char one[SHA256_SIZE], two[SHA256_SIZE];
	struct sha256 hash, copy;

	sha256_init(&hash);
	sha256_add(&hash, "ab", 2);
	copy = hash;
	sha256_add(&copy, "x", 1);
	sha256_end(&copy, two);
	sha256_add(&hash, "c", 1);
	sha256_end(&hash, one);
	EXPECT(one[0] == 0xba && one[31] == 0xad);
	EXPECT(memcmp(one, two, sizeof(one)) != 0);
}

int
main(void)
{
	UNIT_RUN(hashes_what_the_standard_does);
	UNIT_RUN(a_copy_goes_its_own_way);
	return UNIT_RESULT;
}
