/* SPDX-License-Identifier: ISC */
#include "crypto/password.h"

#include "base/secret.h"
#include "unit.h"

static void
a_hash_fits_its_password_only(void)
{
	char first[PASSWORD_HASH_SIZE], second[PASSWORD_HASH_SIZE];
	struct err err = ERR_INIT;

	EXPECT(password_hash("correct horse", first, &err) == 0);
	EXPECT(password_hash("correct horse", second, &err) == 0);
	EXPECT(strncmp(first, "$argon2id$v=19$m=65536,t=3,p=1$", 31) == 0);
	EXPECT(strcmp(first, second) != 0);
	EXPECT(password_verify("correct horse", first));
	EXPECT(!password_verify("correct horsf", first));
	EXPECT(!password_verify("", first));
}

/* Made with the argon2 reference program: `echo -n password | argon2 somesalt
 * -id -t 2 -m 16 -p 1', the example of its README. */
static void
verifies_a_hash_that_another_program_made(void)
{
	static const char hash[] =
	    "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$"
	    "CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";

	EXPECT(password_verify("password", hash));
	EXPECT(!password_verify("Password", hash));
}

static void
a_hash_may_not_ask_for_too_much(void)
{
	static const char *const rows[] = {
	    "",
	    "$argon2id$v=19$m=4194304,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm"
	    "5c8y7cJHAph8ArZWb2GRPPc",
	    "$argon2id$v=19$m=65536,t=2000,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6M"
	    "m5c8y7cJHAph8ArZWb2GRPPc",
	    "$argon2i$v=19$m=65536,t=3,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8"
	    "y7cJHAph8ArZWb2GRPPc",
	    "$argon2id$v=19$m=65536",
	    "$argon2id$v=19$m=65536,t=3",
	    "$1$abc$def",
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		EXPECT(!password_verify("password", rows[i]));
}

static void
a_new_password_has_8_to_1023_printable_octets(void)
{
	static char text[1100];
	struct err err = ERR_INIT;

	EXPECT(password_check("12345678", &err) == 0);
	EXPECT(password_check("gr\xc3\xbc\xc3\x9f Gott", &err) == 0);
	EXPECT(password_check("1234567", &err) < 0);
	EXPECT(err.kind == ERR_USAGE);
	EXPECT(password_check("1234567\t9", &err) < 0);
	memset(text, 'a', 1023);
	EXPECT(password_check(text, &err) == 0);
	text[1023] = 'a';
	EXPECT(password_check(text, &err) < 0);
}

static void
random_passwords_differ(void)
{
	char *first = password_random(), *second = password_random();

	EXPECT_NUMBER("length", PASSWORD_RANDOM_SIZE - 1, strlen(first));
	EXPECT(strcmp(first, second) != 0);
	EXPECT(first[4] == '-' && first[24] == '-');
	secret_free(first);
	secret_free(second);
}

int
main(void)
{
	UNIT_RUN(a_hash_fits_its_password_only);
	UNIT_RUN(verifies_a_hash_that_another_program_made);
	UNIT_RUN(a_hash_may_not_ask_for_too_much);
	UNIT_RUN(a_new_password_has_8_to_1023_printable_octets);
	UNIT_RUN(random_passwords_differ);
	return UNIT_RESULT;
}
