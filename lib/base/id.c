/* SPDX-License-Identifier: ISC */
/*
 * ULIDs, randomness and hexadecimal.
 */
#include "id.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "clock.h"

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

void
random_octets(void *out, size_t n)
{
	unsigned char *p = out;

	while (n > 0) {
		ssize_t got = getrandom(p, n, 0);

		if (got < 0) {
			if (errno == EINTR)
				continue;
			_exit(75);
		}
		p += got;
		n -= (size_t)got;
	}
}

void
id_from(int64_t ms, const unsigned char random[10], char out[ID_SIZE])
{
	unsigned char bits[16];

	for (int i = 0; i < 6; i++)
		bits[i] = (unsigned char)((uint64_t)ms >> (40 - 8 * i));
	memcpy(bits + 6, random, 10);
	/* 26 digits of 5 bits are 130: the first digit has only 3 */
	for (int digit = 0; digit < 26; digit++) {
		unsigned value = 0;

		for (int k = 0; k < 5; k++) {
			int bit = digit * 5 + k - 2;

			value <<= 1;
			if (bit >= 0)
				value |= (bits[bit / 8] >> (7 - bit % 8)) & 1;
		}
		out[digit] = alphabet[value];
	}
	out[26] = '\0';
}

void
id_make(char out[ID_SIZE])
{
	unsigned char random[10];

	random_octets(random, sizeof(random));
	id_from(clock_now_ms(), random, out);
}

bool
id_is_valid(struct slice text)
{
	if (text.n != 26 || text.p[0] > '7')
		return false;
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] == '\0' || strchr(alphabet, text.p[i]) == NULL)
			return false;
	return true;
}

int64_t
id_time_ms(struct slice id)
{
	int64_t ms = 0;

	for (size_t i = 0; i < 10 && i < id.n; i++) {
		const char *at = strchr(alphabet, id.p[i]);

		ms = ms << 5 | (at == NULL ? 0 : at - alphabet);
	}
	return ms;
}

void
hex_encode(const void *octets, size_t n, char *out)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *p = octets;

	for (size_t i = 0; i < n; i++) {
		*out++ = digits[p[i] >> 4];
		*out++ = digits[p[i] & 15];
	}
	*out = '\0';
}

int
hex_decode(struct slice text, void *out, size_t n)
{
	unsigned char *p = out;

	if (text.n != 2 * n)
		return -1;
	for (size_t i = 0; i < n; i++) {
		int high = ascii_hex(text.p[2 * i]);
		int low = ascii_hex(text.p[2 * i + 1]);

		if (high < 0 || low < 0)
			return -1;
		p[i] = (unsigned char)(high << 4 | low);
	}
	return 0;
}
