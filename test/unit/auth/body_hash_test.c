/* SPDX-License-Identifier: ISC */
/* Digests by sha256sum(1). */
#include "auth/body_hash.h"
#include "base/id.h"
#include "unit.h"

static void
expect(const struct body_hashes *hashes, enum canon canon, uint64_t length,
    const char *want)
{
	const struct body_hash *hash = body_hashes_get(hashes, canon, length);
	char hex[65];

	EXPECT(hash != NULL);
	if (hash == NULL)
		return;
	hex_encode(hash->digest, 32, hex);
	EXPECT(!hash->too_short);
	EXPECT_SLICE("digest", slice_text(want), slice_text(hex));
}

static void
serves_all_lengths_in_one_pass(void)
{
	struct body_hashes hashes = {.n = 0};

	body_hashes_want(&hashes, CANON_RELAXED, 3);
	body_hashes_want(&hashes, CANON_RELAXED, BODY_HASH_WHOLE);
	body_hashes_want(&hashes, CANON_RELAXED, 0);
	body_hashes_want(&hashes, CANON_RELAXED, 3);
	body_hashes_want(&hashes, CANON_RELAXED, 6);
	body_hashes_want(&hashes, CANON_RELAXED, 5);
	body_hashes_want(&hashes, CANON_SIMPLE, BODY_HASH_WHOLE);
	EXPECT_NUMBER("different ones", 6, hashes.n);
	body_hashes_run(&hashes, SLICE("abc\r\n\r\n"));
	expect(&hashes, CANON_RELAXED, 0, "e3b0c44298fc1c149afbf4c8996fb924"
	    "27ae41e4649b934ca495991b7852b855");
	expect(&hashes, CANON_RELAXED, 3, "ba7816bf8f01cfea414140de5dae2223"
	    "b00361a396177a9cb410ff61f20015ad");
	expect(&hashes, CANON_RELAXED, 5, "552bab6864c7a7b69a502ed1854b9245"
	    "c0e1a30f008aaa0b281da62585fdb025");
	expect(&hashes, CANON_RELAXED, BODY_HASH_WHOLE,
	    "552bab6864c7a7b69a502ed1854b9245"
	    "c0e1a30f008aaa0b281da62585fdb025");
	expect(&hashes, CANON_SIMPLE, BODY_HASH_WHOLE,
	    "552bab6864c7a7b69a502ed1854b9245"
	    "c0e1a30f008aaa0b281da62585fdb025");
	EXPECT(body_hashes_get(&hashes, CANON_RELAXED, 6)->too_short);
	EXPECT_NUMBER("octets", 5,
	    body_hashes_get(&hashes, CANON_RELAXED, 3)->total);
}

int
main(void)
{
	UNIT_RUN(serves_all_lengths_in_one_pass);
	return UNIT_RESULT;
}
