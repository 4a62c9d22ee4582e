/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_HASH_CHAIN_H
#define FE_OPS_HASH_CHAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"

/*
 * A file that only grows: JSON objects, one a line, each bound to the one
 * before it by a hash (64 zeros for the first).  So no line can be changed,
 * taken out or put in without all behind it being made anew; that lines were
 * cut off at the end shows only against a hash that was kept elsewhere.
 * n counts from 1.  There are two forms of it.
 *
 *	linked	{"fe":1,"n":N,"time":TIME,"kind":KIND, ... ,"previous":HEX}
 *	sealed	{"fe":1,"n":N,"time":TIME,"kind":KIND, ... ,"prev":HEX,
 *		 "hash":HEX}
 *
 * The hash of a linked line is SHA-256 (FIPS 180-4) of it without its LF, as
 * sha256sum(1) has it, and its time must be one.  That of a sealed line is
 * BLAKE2b-256 (RFC 7693) of what stands before `,"hash"', so that a change of
 * the last line shows as well.
 */
#define HASH_CHAIN_TEXT_SIZE 65 /* hex and NUL */
#define HASH_CHAIN_LINE_MAX ((size_t)1 << 20)
#define HASH_CHAIN_FILE_MAX ((size_t)256 << 20)

enum hash_chain_form { HASH_CHAIN_LINKED, HASH_CHAIN_SEALED };

struct hash_chain_line {
	size_t begin, end; /* in the text */
	char hash[HASH_CHAIN_TEXT_SIZE];
};
/* Zeros are an empty one. */
struct hash_chain {
	enum hash_chain_form form;
	bool is_open; /* fd is, and locked: to add to */
	int fd;
	struct buf text;
	struct hash_chain_line *lines; /* whole and verified */
	size_t n;
	size_t bad; /* number of the first line that is not as it was; 0 */
	const char *fault; /* what is wrong with it */
	size_t torn; /* octets behind the last whole line, when no line is bad:
	              * a write that a crash cut short */
};

/* Verifies a text, which may be hostile, up to the first bad line. */
void hash_chain_parse(struct hash_chain *chain, enum hash_chain_form form,
    struct slice text);
/* The same of a file; there is none: empty.  A bad line is no error here.
 * ERR_SYSTEM; nothing is to be closed then. */
int hash_chain_read(struct hash_chain *chain, enum hash_chain_form form,
    const char *path, struct err *err);
/* The same to add to, made where it is not there, and locked: while another
 * has it, waits, or, unless `waits', fails with errno EWOULDBLOCK.  A torn end
 * is cut off. */
int hash_chain_open(struct hash_chain *chain, enum hash_chain_form form,
    const char *path, bool waits, struct err *err);
void hash_chain_close(struct hash_chain *chain);

/* ERR_CONFIG with the number of the bad line, if there is one; `name' is the
 * subject. */
int hash_chain_check(const struct hash_chain *chain, const char *name,
    struct err *err);
/* A line, until the next one is added. */
struct slice hash_chain_line(const struct hash_chain *chain, size_t i);
/* The hash of the last line, or zeros. */
const char *hash_chain_head(const struct hash_chain *chain);

/* Adds a line of that kind with the members of that JSON object.  Durable
 * when it returns; what a full disk took of it is taken away again.  Nothing
 * is added behind a bad line (ERR_CONFIG).  `name' is the subject of
 * errors. */
int hash_chain_add(struct hash_chain *chain, int64_t time_ms,
    const char *kind, struct slice object, const char *name,
    struct err *err);

#endif
