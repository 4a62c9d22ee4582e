/* SPDX-License-Identifier: ISC */
#ifndef FE_STORE_FILE_KEY_H
#define FE_STORE_FILE_KEY_H

#include <stddef.h>

#include "base/err.h"

/* What opens an encrypted database file, as the caller has it. */
enum database_key_kind {
	DATABASE_KEY_RAW, /* 32 octets: the data key of our own mailboxes */
	DATABASE_KEY_TEXT /* as PRAGMA key takes it: `raw:' + 64 hex digits,
	                   * x'64 hex digits', ..., else a passphrase */
};

struct database_key {
	enum database_key_kind kind;
	const void *octets;
	size_t n;
	unsigned kdf_iter; /* of a passphrase; 0: DATABASE_KDF_ITER */
};

/* PBKDF2's rounds for a passphrase; the file does not say how many. */
#define DATABASE_KDF_ITER 64007
#define DATABASE_KDF_ITER_MAX 100000000
#define DATABASE_KEY_MAX 1024 /* octets of a key text */

/*
 * The same in the locked arena, shared by the files that are open with it.
 * A passphrase becomes a key only together with a file's salt; the keys of
 * the two salts used last are remembered, since deriving one takes 20 ms.
 */
struct file_key;

/* One reference.  ERR_USAGE for an empty or overlong key. */
struct file_key *file_key_new(const struct database_key *from,
    struct err *err);
struct file_key *file_key_share(struct file_key *key); /* one more */
void file_key_drop(struct file_key *key); /* the last one wipes; NULL is ok */

/* The 32 octets for this salt: they belong to the key and are good until
 * the next call. */
const unsigned char *file_key_for(struct file_key *key,
    const unsigned char *salt);
/* The salt that the key text asks for in a new file, or NULL. */
const unsigned char *file_key_salt(const struct file_key *key);

#endif
