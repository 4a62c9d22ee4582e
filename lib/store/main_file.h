/* SPDX-License-Identifier: ISC */
#ifndef FE_STORE_MAIN_FILE_H
#define FE_STORE_MAIN_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "file_key.h"
#include "page.h"
#include "pass.h"

/*
 * The main file of an encrypted database, and what its WAL and its journal
 * share with it: key, salt, page size, working buffer.  Pages pass through
 * whole; SQLite's few reads of parts (header at open, change counter) are
 * cut out of a page 1 that was read and checked whole.
 */
#define FRAME_HEAD_SIZE 24 /* of a WAL frame, which the buffer holds too */

struct main_file {
	struct pass_file pass;
	struct file_key *key;
	struct page_cipher *cipher;
	unsigned char *buffer; /* FRAME_HEAD_SIZE + page_size octets */
	size_t page_size;      /* 0: not known yet, the file is empty */
	int has_salt;
	unsigned char salt[PAGE_SALT_SIZE];
	/* Goes up whenever a lock was taken before which another process may
	 * have written: what the WAL remembers of the file is stale. */
	unsigned locks;
	/* Within a checkpoint ciphertext is copied from the WAL unchanged:
	 * the trailer of the page that the WAL handed out last. */
	int checkpoint;
	int has_copied;
	unsigned char copied[PAGE_TRAILER_SIZE];
	/* In a folder that cannot be written: SQLite believes that it has the
	 * file for itself, so that it needs no shared memory beside it. */
	int frozen;
};

/* Takes over `key' (one reference); the real file is open.  Sets the
 * methods, or returns an SQLite code and has taken nothing. */
int main_file_init(struct main_file *main, struct file_key *key, int frozen);

/* 0 while the file is empty or holds no database header. */
size_t main_file_page_size(struct main_file *main);
/* For a file whose header cannot tell: from its WAL or its journal. */
void main_file_set_page_size(struct main_file *main, size_t size);

/* One page of main->page_size octets; in and out as page.h has it.  SQLite
 * codes: OK, NOTADB for page 1, CORRUPT for another, IOERR. */
int main_file_seal(struct main_file *main, uint32_t number,
    const unsigned char *plain, unsigned char *out);
int main_file_open_page(struct main_file *main, uint32_t number,
    const unsigned char *page, unsigned char *out);

#endif
