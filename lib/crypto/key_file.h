/* SPDX-License-Identifier: ISC */
#ifndef FE_CRYPTO_KEY_FILE_H
#define FE_CRYPTO_KEY_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "crypto/keyring.h"

/*
 * The keys of 32 raw octets, HOME/keys/NAME.key, and how one takes the place
 * of another.  Whoever reads what is encrypted under one tries NAME.next, too,
 * while that is there:
 *
 *	1 NAME.next is made
 *	2 the caller encrypts under it what NAME.key has encrypted
 *	3 NAME.old is a second name of NAME.key; NAME.next is renamed to
 *	  NAME.key; NAME.old is destroyed
 *
 * A crash leaves NAME.next: go on with 2; or NAME.old: key_file_swap ends it.
 */

/* Says which key it is, and nothing of it: 32 hex digits. */
void key_file_id(const unsigned char key[KEY_SIZE], char id[KEY_ID_SIZE]);

int key_file_current_id(const char *name, char id[KEY_ID_SIZE],
    struct err *err);

/* Makes NAME.next, of owner and mode of NAME.key, unless it is there. */
int key_file_prepare(const char *name, struct err *err);
bool key_file_is_prepared(const char *name);
/* Step 3, as far as it is not done. */
int key_file_swap(const char *name, struct err *err);

/* Since when the file HOME/keys/FILE is what it is, in ms since 1970: a key
 * that is exchanged is a new file.  -1: it is not there. */
int64_t key_file_since(const char *file);

/* NAME.key, or NAME.next with `next', into the arena.  As secret_read_file. */
int key_file_read(const char *name, bool next, unsigned char **key,
    struct err *err);

#endif
