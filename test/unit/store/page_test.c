/* SPDX-License-Identifier: ISC */
/*
 * Single pages, against a second way to compute them: libsodium one block at
 * a time, with the counter reckoned by hand.
 */
#include "unit.h"

#include <sodium.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/page.h"

static const unsigned char key[PAGE_KEY_SIZE] =
    "0123456789abcdefghijklmnopqrstu";
static const unsigned char salt[PAGE_SALT_SIZE] = "saltsaltsaltsal";
static struct page_cipher *cipher;

static void
fill(unsigned char *page, size_t size)
{
	for (size_t i = 0; i < size; i++)
		page[i] = (unsigned char)(i * 7 + i / 256);
	page[16] = (unsigned char)(size >> 8);
	page[17] = (unsigned char)(size >> 16);
	page[20] = PAGE_TRAILER_SIZE;
}

/* What the format wants, block by block. */
static void
reference(uint32_t number, const unsigned char *nonce,
    const unsigned char *plain, size_t size, unsigned char *out)
{
	size_t from = number == 1 ? 24 : 0, end = size - 32;
	unsigned char block[64] = {0};
	uint32_t counter = (nonce[12] | (uint32_t)nonce[13] << 8 |
	    (uint32_t)nonce[14] << 16 | (uint32_t)nonce[15] << 24) ^ number;

	memcpy(out, plain, size);
	if (number == 1)
		memcpy(out, salt, 16);
	memcpy(out + end, nonce, 16);
	crypto_stream_chacha20_ietf_xor_ic(block, block, 64, nonce, counter,
	    key);
	for (size_t at = from; at < end; at += 64) {
		size_t n = end - at < 64 ? end - at : 64;

		counter++; /* mod 2^32 */
		crypto_stream_chacha20_ietf_xor_ic(out + at, plain + at, n,
		    nonce, counter, block + 32);
	}
	crypto_onetimeauth_poly1305(out + size - 16, out, size - 16, block);
}

static void
seals_as_the_format_says_also_where_the_counter_wraps(void)
{
	static const struct {
		const char *label;
		uint32_t number;
		size_t size;
		unsigned char counter[4];
	} rows[] = {
		{"page 2", 2, 4096, {1, 2, 3, 4}},
		{"page 1", 1, 4096, {1, 2, 3, 4}},
		{"smallest", 3, 512, {9, 9, 9, 9}},
		{"largest", 70000, 65536, {0, 0, 0, 0}},
		{"wraps in the page", 2, 4096, {0xf0, 0xff, 0xff, 0xff}},
		{"wraps in page 1", 1, 1024, {0xf8, 0xff, 0xff, 0xff}},
		{"wraps behind the keys", 4, 4096, {0xfb, 0xff, 0xff, 0xff}},
		{"wraps at the last block", 8, 4096, {0xcb, 0xff, 0xff, 0xff}},
	};
	static unsigned char plain[PAGE_SIZE_MAX], want[PAGE_SIZE_MAX],
	    got[PAGE_SIZE_MAX], back[PAGE_SIZE_MAX];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned char nonce[16] = "nonce of 12.";
		size_t size = rows[i].size;

		memcpy(nonce + 12, rows[i].counter, 4);
		fill(plain, size);
		reference(rows[i].number, nonce, plain, size, want);
		EXPECT(page_seal_with(cipher, key, rows[i].number, salt,
		    nonce, plain, size, got) == 0);
		EXPECT_SLICE(rows[i].label, slice_of(want, size),
		    slice_of(got, size));
		EXPECT(page_open(cipher, key, rows[i].number, got, size,
		    back) == 0);
		if (rows[i].number == 1)
			memcpy(plain, "SQLite format 3", 16);
		EXPECT_SLICE(rows[i].label, slice_of(plain, size - 32),
		    slice_of(back, size - 32));
	}
}

static void
refuses_a_page_with_one_bit_changed_or_in_another_place(void)
{
	unsigned char plain[512], page[512], out[512];

	fill(plain, sizeof(plain));
	EXPECT(page_seal(cipher, key, 1, salt, plain, 512, page) == 0);
	EXPECT(page_is_authentic(cipher, key, 1, page, 512));
	for (size_t bit = 0; bit < 512 * 8; bit += 5) {
		page[bit / 8] ^= (unsigned char)(1 << bit % 8);
		EXPECT(!page_is_authentic(cipher, key, 1, page, 512));
		EXPECT(page_open(cipher, key, 1, page, 512, out) < 0);
		page[bit / 8] ^= (unsigned char)(1 << bit % 8);
	}
	EXPECT(page_open(cipher, key, 2, page, 512, out) < 0);
	EXPECT(page_open(cipher, key, 1, page, 512, out) == 0);
	memset(page, 0, sizeof(page));
	EXPECT(page_open(cipher, key, 1, page, 512, out) < 0);
}

#define NONCES 600

static void
take_nonces(unsigned char (*nonces)[16], int n)
{
	unsigned char plain[512], page[512];

	fill(plain, sizeof(plain));
	for (int i = 0; i < n; i++) {
		page_seal(cipher, key, 2, salt, plain, 512, page);
		memcpy(nonces[i], page + 480, 16);
	}
}

static int
compare(const void *a, const void *b)
{
	return memcmp(a, b, 16);
}

static void
no_nonce_is_used_twice_not_even_in_a_child(void)
{
	static unsigned char nonces[3 * NONCES][16];
	int ends[2], status, equal = 0;
	pid_t child;

	take_nonces(nonces, NONCES); /* the pool is now partly used */
	EXPECT(pipe(ends) == 0);
	child = fork();
	if (child == 0) {
		take_nonces(nonces + NONCES, NONCES);
		if (write(ends[1], nonces + NONCES, NONCES * 16) !=
		    NONCES * 16)
			_exit(1);
		_exit(0);
	}
	take_nonces(nonces + 2 * NONCES, NONCES);
	EXPECT(read(ends[0], nonces + NONCES, NONCES * 16) == NONCES * 16);
	EXPECT(waitpid(child, &status, 0) == child && status == 0);
	qsort(nonces, 3 * NONCES, 16, compare);
	for (int i = 1; i < 3 * NONCES; i++)
		equal += memcmp(nonces[i - 1], nonces[i], 16) == 0;
	EXPECT_NUMBER("equal nonces", 0, equal);
	close(ends[0]);
	close(ends[1]);
}

static void
knows_a_page_size(void)
{
	static const struct {
		unsigned char high, low;
		size_t want;
	} rows[] = {
		{0x02, 0x00, 512}, {0x10, 0x00, 4096}, {0x80, 0x00, 32768},
		{0x00, 0x01, 65536}, {0x00, 0x00, 0}, {0x01, 0x00, 0},
		{0x10, 0x01, 0}, {0x11, 0x00, 0}, {0xff, 0xff, 0},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned char header[24] = {0};

		header[16] = rows[i].high;
		header[17] = rows[i].low;
		EXPECT_NUMBER("size", rows[i].want, page_size_read(header));
	}
}

/* The first hundred pages of a process are libsodium's. */
static void
openssl_does_the_same_once_there_are_many_pages(void)
{
	static const unsigned char page[PAGE_SIZE_MIN];

	for (int i = 0; i < 200; i++)
		EXPECT(!page_is_authentic(cipher, key, 1, page, sizeof(page)));
	seals_as_the_format_says_also_where_the_counter_wraps();
	refuses_a_page_with_one_bit_changed_or_in_another_place();
}

int
main(void)
{
	cipher = page_cipher_new(NULL);
	if (cipher == NULL)
		return 1;
	UNIT_RUN(seals_as_the_format_says_also_where_the_counter_wraps);
	UNIT_RUN(refuses_a_page_with_one_bit_changed_or_in_another_place);
	UNIT_RUN(no_nonce_is_used_twice_not_even_in_a_child);
	UNIT_RUN(knows_a_page_size);
	UNIT_RUN(openssl_does_the_same_once_there_are_many_pages);
	page_cipher_free(cipher);
	return UNIT_RESULT;
}
