/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_PAGE_SOURCE_H
#define FE_OPS_PAGE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * An encrypted database, read page by page without its key while others write
 * into it, as one committed state: what a checkpoint at this moment would
 * leave.  Pages are ciphertext in the main file and in the WAL alike, and the
 * WAL's sums run over ciphertext, so which frames are committed is seen
 * without a key, and a frame is the page that a checkpoint would copy.
 *
 * What is held meanwhile, all by descriptors that can only read:
 *
 *	USER.lock, shared: nobody swaps or erases the files;
 *	the main file's lock, shared, as of any reader: nobody who closes the
 *	database last takes the WAL away;
 *	one of the WAL's read marks, shared: no writer starts the WAL anew.
 *
 * A checkpoint may go on and write into the main file while we read it: what
 * it writes lies in the WAL, too, and there we take it from, after the main
 * file.  Where nobody has the database open there is no WAL index to lock a
 * mark in; then it is looked at once more at the end whether that is still
 * so, and else all is read again.
 */
struct page_source {
	int main_fd, wal_fd, lock_fd, shm_fd;
	char *path;
	uint32_t page_size;
	uint64_t main_pages; /* of the main file */
	uint64_t pages;      /* of the committed state; grows with a scan */
	/* Of the WAL: last committed frame of a page + 1; 0: none. */
	uint32_t *frames;
	size_t frames_n;
	struct {
		bool valid, big_endian;
		unsigned char head[32];
		uint32_t next;   /* first frame behind the last commit */
		uint32_t sum[2]; /* before it */
	} wal;
	int64_t main_changed_ns; /* to compare at the end */
};

/* 1; 0 it is no database of pages with trailers; -1.  Close in any case. */
int page_source_open(struct page_source *s, const char *path, int64_t wait_ms,
    struct err *err);
/* Takes in the commits since the last scan. */
int page_source_scan(struct page_source *s, struct err *err);
/* The page (from 0) lies in the WAL. */
bool page_source_in_wal(const struct page_source *s, uint64_t page);
/* Reads n pages of the main file, from `page' on; fewer at its end.  The
 * number, or -1. */
ssize_t page_source_read_main(struct page_source *s, uint64_t page, size_t n,
    unsigned char *out, struct err *err);
int page_source_read_wal(struct page_source *s, uint64_t page,
    unsigned char *out, struct err *err);
/* True where all must be read again. */
bool page_source_is_stale(struct page_source *s);
void page_source_close(struct page_source *s);

#endif
