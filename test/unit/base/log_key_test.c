/* SPDX-License-Identifier: ISC */
/* The key of the day, where the day changes between two looks. */
#include "base/log_key.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/home.h"
#include "base/io.h"
#include "base/secret.h"
#include "unit.h"

#define DAY 20784 /* 2026-11-27 */

static char home[] = "/tmp/fe-log-key-test.XXXXXX";

static void
empty_the_folder(void)
{
	char command[80];

	snprintf(command, sizeof(command), "rm -rf %s/keys", home);
	EXPECT_NUMBER("empty", 0, system(command));
}

static void
expect_key(const char *label, const struct log_key *key, int64_t day,
    const unsigned char octets[PSEUDONYM_KEY_SIZE])
{
	EXPECT_NUMBER(label, day, key->day);
	if (key->key == NULL)
		EXPECT_NUMBER(label, 1, 0);
	else
		EXPECT_SLICE(label, slice_of(octets, PSEUDONYM_KEY_SIZE),
		    slice_of(key->key, PSEUDONYM_KEY_SIZE));
}

static void
carry_on(struct log_key *key, unsigned char octets[PSEUDONYM_KEY_SIZE])
{
	log_key_advance(key, DAY + 1);
	memcpy(octets, key->key, PSEUDONYM_KEY_SIZE);
}

static void
goes_on_from_its_own_key_where_the_file_was_destroyed_at_midnight(void)
{
	struct log_key log = LOG_KEY_INIT, server = LOG_KEY_INIT;
	unsigned char next[PSEUDONYM_KEY_SIZE];
	struct err err = ERR_INIT;

	EXPECT_NUMBER("today", 0, log_key_make(&log, DAY, &err));
	EXPECT_NUMBER("a server", 1, log_key_read(&server, DAY, &err));
	carry_on(&server, next);
	empty_the_folder();
	EXPECT_NUMBER("tomorrow", 0, log_key_make(&log, DAY + 1, &err));
	expect_key("as the server has it", &log, DAY + 1, next);
	EXPECT_NUMBER("in a file", 1, log_key_read(&server, DAY + 1, &err));
	expect_key("for all", &server, DAY + 1, next);
	log_key_free(&log);
	log_key_free(&server);
	empty_the_folder();
}

static void
a_new_key_does_not_replace_one_that_midnight_has_made(void)
{
	struct log_key log = LOG_KEY_INIT, read = LOG_KEY_INIT;
	struct err err = ERR_INIT;
	bool made;

	EXPECT_NUMBER("log", 0, log_key_make(&log, DAY + 1, &err));
	EXPECT_NUMBER("begin", 0, log_key_begin(DAY + 1, &made, &err));
	EXPECT(!made);
	EXPECT_NUMBER("read", 1, log_key_read(&read, DAY + 1, &err));
	expect_key("as it was", &read, DAY + 1, log.key);
	EXPECT_NUMBER("another", 0, log_key_begin(DAY + 2, &made, &err));
	EXPECT(made);
	EXPECT_NUMBER("read", 1, log_key_read(&read, DAY + 2, &err));
	log_key_advance(&log, DAY + 2);
	EXPECT(memcmp(log.key, read.key, PSEUDONYM_KEY_SIZE) != 0);
	log_key_free(&log);
	log_key_free(&read);
	empty_the_folder();
}

int
main(void)
{
	struct err err = ERR_INIT;

	if (sodium_init() < 0 || secret_open(1 << 16, &err) < 0 ||
	    mkdtemp(home) == NULL)
		return 1;
	home_set(home);
	UNIT_RUN(
	    goes_on_from_its_own_key_where_the_file_was_destroyed_at_midnight);
	UNIT_RUN(a_new_key_does_not_replace_one_that_midnight_has_made);
	EXPECT_NUMBER("clean up", 0, rmdir(home));
	return UNIT_RESULT;
}
