/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_BASELINE_H
#define FE_OPS_BASELINE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * What files are like: of all mode and owner, of configuration and programs a
 * BLAKE2b-256 of the content, of keys size and time, and never what is in
 * them.  At rest JSON lines: a head with what was looked at, a line a file in
 * the order of their paths, and an Ed25519 signature over all octets before
 * its own line.
 */
#define BASELINE_HASH_SIZE 32
#define BASELINE_KEY_SIZE 32   /* the seed of the signing key */
#define BASELINE_PUBLIC_SIZE 32
#define BASELINE_SIZE_MAX ((size_t)256 << 20)
#define BASELINE_FILES_MAX ((size_t)1 << 20)

enum baseline_kind {
	BASELINE_FILE,
	BASELINE_KEY,
	BASELINE_FOLDER,
	BASELINE_LINK,
	BASELINE_OTHER
};

struct baseline_entry {
	char *path;
	enum baseline_kind kind;
	unsigned mode; /* permissions */
	int64_t uid, gid;
	int64_t size;        /* of files and keys */
	int64_t changed_ms;  /* of keys: mtime */
	unsigned char hash[BASELINE_HASH_SIZE]; /* of files */
	char *target; /* of links; else NULL */
	/* Not at rest: what tells in a moment that a file is the same. */
	int64_t ctime_ns;
	uint64_t inode;
};

struct baseline_names {
	char **items;
	size_t n;
};

struct baseline {
	int64_t made_ms;
	struct baseline_names content, keys, except; /* what is looked at */
	struct baseline_entry *items;
	size_t n;
};

void baseline_free(struct baseline *b);
void baseline_names_add(struct baseline_names *names, const char *path);
/* Is the path one of the names, or below one? */
bool baseline_names_cover(const struct baseline_names *names,
    const char *path);
/* Takes the entry over. */
void baseline_add(struct baseline *b, const struct baseline_entry *entry);
/* Brings the entries into their order. */
void baseline_sort(struct baseline *b);
/* NULL if there is none. */
const struct baseline_entry *baseline_find(
    const struct baseline *b, const char *path);

/* Appends the whole file; `seed' makes the key. */
int baseline_write(const struct baseline *b,
    const unsigned char seed[BASELINE_KEY_SIZE], struct buf *out,
    struct err *err);
/* ERR_CONFIG: not signed with that key, or not a baseline. */
int baseline_read(struct baseline *b, struct slice text,
    const unsigned char public_key[BASELINE_PUBLIC_SIZE], struct err *err);
/* The same without a look at the signature. */
int baseline_parse(struct baseline *b, struct slice text, struct err *err);
void baseline_public(const unsigned char seed[BASELINE_KEY_SIZE],
    unsigned char public_key[BASELINE_PUBLIC_SIZE]);

#endif
