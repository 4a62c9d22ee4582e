/* SPDX-License-Identifier: ISC */
/* The evenness of octets, by Pearson's chi-squared test. */
#include "ops/plain_page.h"

#include <string.h>

#include "store/page.h"

#define MAGIC "SQLite format 3" /* and its NUL */
/* Of 255 degrees of freedom; 255 is the mean, 22.6 one deviation. */
#define CHI_SQUARED_MAX 420

size_t
plain_page_size(const unsigned char head[24])
{
	return page_size_read(head);
}

bool
plain_page_is(const unsigned char *page, size_t size, bool first)
{
	size_t counts[256] = {0}, n = size;
	double expected, sum = 0;

	if (first && memcmp(page, MAGIC, sizeof(MAGIC)) == 0)
		return true;
	if (first) {
		page += PAGE_CLEAR_SIZE;
		n -= PAGE_CLEAR_SIZE;
	}
	for (size_t i = 0; i < n; i++)
		counts[page[i]]++;
	expected = (double)n / 256;
	for (size_t i = 0; i < 256; i++)
		sum += ((double)counts[i] - expected) *
		    ((double)counts[i] - expected) / expected;
	return sum > CHI_SQUARED_MAX;
}
