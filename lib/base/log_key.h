/* SPDX-License-Identifier: ISC */
#ifndef FE_BASE_LOG_KEY_H
#define FE_BASE_LOG_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "pseudonym.h"

/*
 * The keys of pseudonyms: one for each day (UTC), HOME/keys/log/DATE.key, 32
 * octets.  The first is random; each next one is a hash of the one before.
 * So a process that has read one key and may open nothing any more has the
 * key of tomorrow, too, and all processes have the same; and a key that was
 * destroyed cannot be had from those that came after it.
 *
 * fe-log makes and destroys the files; the others take the newest that is not
 * after today and carry it on.
 */
struct log_key {
	int64_t day;        /* since 1970-01-01 */
	unsigned char *key; /* in the arena of secret.h; NULL: there is none */
};
#define LOG_KEY_INIT                                                           \
	{                                                                      \
		0, NULL                                                        \
	}
#define LOG_KEY_DATE_SIZE 11

int64_t log_key_day(int64_t ms);
/* `2026-11-27' */
const char *log_key_date(int64_t day, char out[LOG_KEY_DATE_SIZE]);

/* The key of that day, from the files.  1 it is there; 0 it is not (no key, or
 * only younger ones); -1 ERR_CONFIG, ERR_SYSTEM. */
int log_key_read(struct log_key *key, int64_t day, struct err *err);
/* Carries a key on to a later day, and forgets the one before.  An earlier
 * day, or no key: nothing. */
void log_key_advance(struct log_key *key, int64_t day);
/* The same as log_key_read, but makes the file where it is missing: of an
 * earlier file, else of an earlier key in *key, else at random.  -1: there is
 * no key in *key any more. */
int log_key_make(struct log_key *key, int64_t day, struct err *err);
/* A key at random for a day to come, that is not made of the one before.  One
 * that is there already stays, and *made is false. */
int log_key_begin(int64_t day, bool *made, struct err *err);
/* Overwrites and removes the files of the days before that one; *n of them.
 * The caller has made a later key first.  One that stays, for which it returns
 * -1, keeps no other. */
int log_key_destroy(int64_t before_day, size_t *n, struct err *err);
void log_key_free(struct log_key *key);

#endif
