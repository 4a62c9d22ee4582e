/* SPDX-License-Identifier: ISC */
/*
 * Login passwords.  Hashes come from a file that we sealed, but their cost is
 * bounded all the same before libsodium allocates for it.
 */
#include "crypto/password.h"

#include <sodium.h>
#include <string.h>

#include "base/id.h"
#include "base/number.h"
#include "base/secret.h"
#include "base/slice.h"

#define OPS 3
#define MEMORY ((size_t)64 << 20)
#define OPS_MAX 16
#define MEMORY_MAX_KIB (512 << 10)

int
password_check(const char *password, struct err *err)
{
	size_t n = strlen(password);

	if (n < PASSWORD_LENGTH_MIN)
		return err_set(err, ERR_USAGE,
		    "the password is too short: at least %d octets",
		    PASSWORD_LENGTH_MIN);
	if (n > PASSWORD_LENGTH_MAX)
		return err_set(err, ERR_USAGE,
		    "the password is too long: at most %d octets",
		    PASSWORD_LENGTH_MAX);
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)password[i] < 0x20 || password[i] == 0x7f)
			return err_set(err, ERR_USAGE,
			    "the password holds a control character");
	return 0;
}

int
password_hash(
    const char *password, char out[PASSWORD_HASH_SIZE], struct err *err)
{
	_Static_assert(PASSWORD_HASH_SIZE >= crypto_pwhash_STRBYTES, "size");

	if (crypto_pwhash_str_alg(out, password, strlen(password), OPS, MEMORY,
		crypto_pwhash_ALG_ARGON2ID13) < 0)
		return err_set(err, ERR_SYSTEM,
		    "cannot get %zu MiB of memory for argon2id", MEMORY >> 20);
	return 0;
}

/* Is it $argon2id$v=19$m=KIB,t=OPS,p=1$... within our bounds? */
static bool
cost_is_bounded(const char *hash)
{
	struct slice rest = slice_text(hash), cost, part;
	int64_t number;

	if (!slice_starts(rest, "$argon2id$v=19$m=") ||
	    rest.n >= crypto_pwhash_STRBYTES)
		return false;
	rest = slice_part(rest, strlen("$argon2id$v=19$m="), rest.n);
	cost = slice_cut(&rest, '$');
	part = slice_cut(&cost, ',');
	if (number_parse(part, 8, MEMORY_MAX_KIB, &number) < 0)
		return false;
	part = slice_cut(&cost, ',');
	return slice_starts(part, "t=") && slice_is(cost, "p=1") &&
	    number_parse(slice_part(part, 2, part.n), 1, OPS_MAX, &number) == 0;
}

bool
password_verify(const char *password, const char *hash)
{
	return cost_is_bounded(hash) &&
	    crypto_pwhash_str_verify(hash, password, strlen(password)) == 0;
}

char *
password_random(void)
{
	static const char digits[] = "abcdefghjkmnpqrstvwxyz0123456789";
	char *text = secret_alloc(PASSWORD_RANDOM_SIZE), *p = text;
	unsigned char octets[24];

	_Static_assert(sizeof(digits) - 1 == 32, "5 bits a digit");
	random_octets(octets, sizeof(octets));
	for (size_t i = 0; i < sizeof(octets); i++) {
		if (i > 0 && i % 4 == 0)
			*p++ = '-';
		*p++ = digits[octets[i] & 31];
	}
	*p = '\0';
	sodium_memzero(octets, sizeof(octets));
	return text;
}
