/* SPDX-License-Identifier: ISC */
/*
 * The recovery key's text form.  35 octets are exactly 56 digits of 5 bits.
 */
#include "crypto/recovery.h"

#include <sodium.h>
#include <string.h>

#define DIGITS 56
#define CHECK_SIZE 3
#define OCTETS (KEY_SIZE + CHECK_SIZE)

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static void
checksum(const unsigned char *key, unsigned char out[CHECK_SIZE])
{
	static const unsigned char domain[] = "fe-recovery/1";
	crypto_generichash_state state;
	unsigned char hash[crypto_generichash_BYTES];

	crypto_generichash_init(&state, NULL, 0, sizeof(hash));
	crypto_generichash_update(&state, domain, sizeof(domain) - 1);
	crypto_generichash_update(&state, key, KEY_SIZE);
	crypto_generichash_final(&state, hash, sizeof(hash));
	memcpy(out, hash, CHECK_SIZE);
	sodium_memzero(hash, sizeof(hash));
	sodium_memzero(&state, sizeof(state));
}

void
recovery_format(
    const unsigned char key[KEY_SIZE], char out[RECOVERY_TEXT_SIZE])
{
	unsigned char octets[OCTETS];
	char *p = out;

	memcpy(octets, key, KEY_SIZE);
	checksum(key, octets + KEY_SIZE);
	for (size_t digit = 0; digit < DIGITS; digit++) {
		unsigned value = 0;

		for (size_t bit = digit * 5; bit < digit * 5 + 5; bit++)
			value = value << 1 |
			    ((octets[bit / 8] >> (7 - bit % 8)) & 1);
		if (digit > 0 && digit % 4 == 0)
			*p++ = '-';
		*p++ = alphabet[value];
	}
	*p = '\0';
	sodium_memzero(octets, sizeof(octets));
}

/* 0 to 31, -1 for a blank or dash, -2 for anything else. */
static int
digit_value(char c)
{
	const char *at;

	if (ascii_is_space(c) || c == '-')
		return -1;
	if (c >= 'a' && c <= 'z')
		c = (char)(c - 'a' + 'A');
	if (c == 'O')
		c = '0';
	if (c == 'I' || c == 'L')
		c = '1';
	at = c == '\0' ? NULL : strchr(alphabet, c);
	return at == NULL ? -2 : (int)(at - alphabet);
}

static int
decode(struct slice text, unsigned char octets[OCTETS], struct err *err)
{
	size_t digits = 0;

	memset(octets, 0, OCTETS);
	for (size_t i = 0; i < text.n; i++) {
		int value = digit_value(text.p[i]);

		if (value == -1)
			continue;
		if (value < 0)
			return err_set(err, ERR_USAGE,
			    "character %zu of the recovery key is none of "
			    "its alphabet", i + 1);
		for (unsigned b = 0; b < 5 && digits < DIGITS; b++) {
			size_t bit = digits * 5 + b;

			if ((value >> (4 - b)) & 1)
				octets[bit / 8] |=
				    (unsigned char)(0x80 >> (bit % 8));
		}
		digits++;
	}
	if (digits != DIGITS)
		return err_set(err, ERR_USAGE, "the recovery key has %zu "
		    "characters, not %d", digits, DIGITS);
	return 0;
}

int
recovery_parse(
    struct slice text, unsigned char key[KEY_SIZE], struct err *err)
{
	unsigned char octets[OCTETS], check[CHECK_SIZE];
	int result = decode(text, octets, err);

	if (result == 0) {
		checksum(octets, check);
		if (memcmp(check, octets + KEY_SIZE, CHECK_SIZE) != 0)
			result = err_set(err, ERR_USAGE, "the recovery key is "
			    "mistyped: its checksum does not fit");
		else
			memcpy(key, octets, KEY_SIZE);
	}
	sodium_memzero(octets, sizeof(octets));
	return result;
}
