/* SPDX-License-Identifier: ISC */
/*
 * One page: the first two octets choose size and number, the rest is the
 * page.  It is opened as it is, and again after it was sealed.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "store/page.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const unsigned char key[PAGE_KEY_SIZE] =
    "0123456789abcdefghijklmnopqrstu";
static const unsigned char salt[PAGE_SALT_SIZE] = "saltsaltsaltsal";

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct page_cipher *cipher;
	unsigned char *page, *sealed, *opened;
	size_t n;
	uint32_t number;

	if (cipher == NULL && (cipher = page_cipher_new(NULL)) == NULL)
		abort();
	if (size < 2)
		return 0;
	n = (size_t)512 << data[0] % 8;
	number = data[1];
	page = calloc(3, n);
	if (page == NULL)
		return 0;
	sealed = page + n;
	opened = sealed + n;
	memcpy(page, data + 2, size - 2 < n ? size - 2 : n);
	if (page_size_read(page) != 0 &&
	    !page_size_is_valid(page_size_read(page)))
		abort();
	page_open(cipher, key, number, page, n, opened);
	/* The last 16 octets are the nonce: a counter near its end, too. */
	if (page_seal_with(cipher, key, number, salt, page + n - 16, page, n,
	    sealed) < 0 ||
	    page_open(cipher, key, number, sealed, n, opened) < 0)
		abort();
	if (memcmp(opened + (number == 1 ? PAGE_SALT_SIZE : 0),
	    page + (number == 1 ? PAGE_SALT_SIZE : 0),
	    n - PAGE_TRAILER_SIZE - (number == 1 ? PAGE_SALT_SIZE : 0)) != 0)
		abort();
	free(page);
	return 0;
}
