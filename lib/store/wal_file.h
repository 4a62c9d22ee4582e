/* SPDX-License-Identifier: ISC */
#ifndef FE_STORE_WAL_FILE_H
#define FE_STORE_WAL_FILE_H

#include "main_file.h"

/*
 * The write-ahead log of an encrypted database: SQLite's own layout, but the
 * pages are encrypted and the frame sums run over the ciphertext, so that
 * frames can be checked without the key.
 *
 * SQLite sums the plain pages that it writes, so:
 *  - a frame header is held back until its page comes; then header, sum and
 *    ciphertext are written in one call, the sum going on from the one that
 *    lies on disk before it;
 *  - whole frames (recovery, and the rewriting of sums at the commit of a
 *    transaction that overwrote its own frames) are read as they are: SQLite
 *    then sums ciphertext itself, and the headers it writes back are right.
 */
struct wal_file {
	struct pass_file pass;
	struct main_file *main;
	/* From the WAL header, as it was read or written last. */
	int has_header;
	int big_endian; /* the sums read big-endian words */
	unsigned char salts[8];
	/* The sum on disk before frame `next', while main->locks is
	 * `locks'. */
	int has_sum;
	unsigned locks;
	sqlite3_int64 next;
	uint32_t sum[2];
	/* A frame header that waits for its page. */
	int has_held;
	sqlite3_int64 held_at;
	unsigned char held[FRAME_HEAD_SIZE];
	/* SQLite is rewriting sums: the frame it read last; -1: it is not. */
	int rewriting;
	sqlite3_int64 read_at;
};

/* The real file is open.  Sets the methods. */
void wal_file_init(struct wal_file *wal, struct main_file *main);

/* SQLite's running sum over n octets (a multiple of 8). */
void wal_sum(int big_endian, const unsigned char *p, size_t n,
    uint32_t sum[2]);

#endif
