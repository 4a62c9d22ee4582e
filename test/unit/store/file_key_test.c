/* SPDX-License-Identifier: ISC */
/* Forms of a key; the derived ones were computed by Python's hashlib. */
#include "unit.h"

#include <stdlib.h>

#include "base/id.h"
#include "store/file_key.h"
#include "store/page.h"

#define HEX64 "00112233445566778899aabbccddeeff" \
	"00112233445566778899aabbccddeeff"
#define HEX62 "00112233445566778899aabbccddeeff" \
	"00112233445566778899aabbccddee"
#define SALT "000102030405060708090a0b0c0d0e0f"

static void
knows_raw_keys_from_passphrases(void)
{
	static const struct {
		const char *text;
		const char *key; /* hex */
		int has_salt;
	} rows[] = {
		{"correct horse", "c914cc4f06cc6e8f46d157e3a1b5aa7a"
		    "bceebb17bb0444cd4c4ac16ca2ae9864", 0},
		{"raw:" HEX64, HEX64, 0},
		{"raw:" HEX64 SALT, HEX64, 1},
		{"x'" HEX64 "'", HEX64, 0},
		{"X'" HEX64 "'", HEX64, 0},
		{"x'" HEX64 SALT "'", HEX64, 1},
		{"x'" HEX64 "?", HEX64, 0},
		{"raw:0123456789abcdefghijklmnopqrstuv",
		    "303132333435363738396162636465666768696a6b6c6d6e6f70"
		    "717273747576", 0},
		{"raw:" HEX62, "a8af7c03c1eac9ef06a75cb28ba1c0ac"
		    "55be857da0352d9ce45289f02354d238", 0},
	};
	unsigned char salt[PAGE_SALT_SIZE];

	hex_decode(SLICE(SALT), salt, sizeof(salt));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct database_key from = {.kind = DATABASE_KEY_TEXT,
		    .octets = rows[i].text, .n = strlen(rows[i].text),
		    .kdf_iter = 1000};
		struct file_key *key = file_key_new(&from, NULL);
		char hex[2 * PAGE_KEY_SIZE + 1];

		hex_encode(file_key_for(key, salt), PAGE_KEY_SIZE, hex);
		EXPECT_SLICE(rows[i].text, slice_text(rows[i].key),
		    slice_text(hex));
		EXPECT((file_key_salt(key) != NULL) == rows[i].has_salt);
		if (rows[i].has_salt)
			EXPECT(memcmp(file_key_salt(key), salt,
			    sizeof(salt)) == 0);
		file_key_drop(key);
	}
}

static void
derives_another_key_for_another_salt(void)
{
	const struct database_key from = {.kind = DATABASE_KEY_TEXT,
	    .octets = "p", .n = 1, .kdf_iter = 2};
	struct file_key *key = file_key_new(&from, NULL);
	unsigned char salts[3][PAGE_SALT_SIZE] = {"one", "two", "three"};
	unsigned char keys[3][PAGE_KEY_SIZE];

	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 3; i++) {
			const unsigned char *got = file_key_for(key, salts[i]);

			if (round == 0)
				memcpy(keys[i], got, PAGE_KEY_SIZE);
			EXPECT(memcmp(keys[i], got, PAGE_KEY_SIZE) == 0);
		}
	}
	EXPECT(memcmp(keys[0], keys[1], PAGE_KEY_SIZE) != 0);
	EXPECT(memcmp(keys[1], keys[2], PAGE_KEY_SIZE) != 0);
	file_key_drop(key);
}

static void
refuses_what_cannot_be_a_key(void)
{
	char text[DATABASE_KEY_MAX + 1];
	struct database_key from = {.kind = DATABASE_KEY_TEXT,
	    .octets = text, .n = 0};
	struct err err = ERR_INIT;

	memset(text, 'a', sizeof(text));
	EXPECT(file_key_new(&from, &err) == NULL);
	EXPECT(strstr(err.text, "empty") != NULL);
	from.n = sizeof(text);
	EXPECT(file_key_new(&from, &err) == NULL);
	EXPECT(strstr(err.text, "longer") != NULL);
	from.kind = DATABASE_KEY_RAW;
	from.n = 31;
	EXPECT(file_key_new(&from, &err) == NULL && err.kind == ERR_BUG);
}

int
main(void)
{
	UNIT_RUN(knows_raw_keys_from_passphrases);
	UNIT_RUN(derives_another_key_for_another_salt);
	UNIT_RUN(refuses_what_cannot_be_a_key);
	return UNIT_RESULT;
}
