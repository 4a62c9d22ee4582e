/* SPDX-License-Identifier: ISC */
/*
 * The main file.  SQLite is trusted to ask for pages; what the disk says is
 * not trusted before its tag is checked, except for the page size and the
 * salt in the clear header, which the tag of page 1 confirms.
 */
#include "main_file.h"

#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "base/mem.h"

#define HEADER_READ_SIZE 100 /* SQLite's header, read once at open */
#define HEADER_RESERVED 20   /* offset of the count of reserved octets */

static struct main_file *
main_of(sqlite3_file *file)
{
	return (struct main_file *)(void *)file;
}

void
main_file_set_page_size(struct main_file *main, size_t size)
{
	main->buffer = mem_array(main->buffer, 1, FRAME_HEAD_SIZE + size);
	main->page_size = size;
}

size_t
main_file_page_size(struct main_file *main)
{
	unsigned char head[PAGE_CLEAR_SIZE];
	size_t size;

	if (main->page_size != 0)
		return main->page_size;
	if (pass_read(&main->pass.base, head, sizeof(head), 0) != SQLITE_OK)
		return 0;
	size = page_size_read(head);
	if (size != 0)
		main_file_set_page_size(main, size);
	return size;
}

/* The salt as the file has it, for want of a page 1 that was checked. */
static int
need_salt(struct main_file *main)
{
	int rc;

	if (main->has_salt)
		return SQLITE_OK;
	rc = pass_read(&main->pass.base, main->salt, PAGE_SALT_SIZE, 0);
	main->has_salt = rc == SQLITE_OK;
	return rc;
}

int
main_file_open_page(struct main_file *main, uint32_t number,
    const unsigned char *page, unsigned char *out)
{
	unsigned char salt[PAGE_SALT_SIZE];
	const unsigned char *key;
	int rc;

	if (number != 1 && (rc = need_salt(main)) != SQLITE_OK)
		return rc;
	/* Another process may have made or rekeyed the file since. */
	memcpy(salt, number == 1 ? page : main->salt, sizeof(salt));
	key = file_key_for(main->key, salt);
	if (page_open(main->cipher, key, number, page, main->page_size,
	    out) < 0)
		return number == 1 ? SQLITE_NOTADB : SQLITE_CORRUPT;
	if (number == 1) {
		memcpy(main->salt, salt, sizeof(salt));
		main->has_salt = 1;
	}
	return SQLITE_OK;
}

/* A new file begins with a fresh salt, or with the one of the key text. */
static void
make_salt(struct main_file *main)
{
	const unsigned char *given = file_key_salt(main->key);

	if (given != NULL)
		memcpy(main->salt, given, PAGE_SALT_SIZE);
	else
		random_octets(main->salt, PAGE_SALT_SIZE);
	main->has_salt = 1;
}

int
main_file_seal(struct main_file *main, uint32_t number,
    const unsigned char *plain, unsigned char *out)
{
	const unsigned char *key;

	/* Without room for nonce and tag content would be overwritten. */
	if (number == 1 && (page_size_read(plain) != main->page_size ||
	    plain[HEADER_RESERVED] < PAGE_TRAILER_SIZE))
		return SQLITE_IOERR_WRITE;
	if (!main->has_salt && need_salt(main) != SQLITE_OK)
		make_salt(main);
	key = file_key_for(main->key, main->salt);
	if (page_seal(main->cipher, key, number, main->salt, plain,
	    main->page_size, out) < 0)
		return SQLITE_IOERR_WRITE;
	return SQLITE_OK;
}

/* One whole page of the main file. */
static int
read_page(struct main_file *main, unsigned char *out, uint32_t number)
{
	sqlite3_int64 offset = (sqlite3_int64)(number - 1) * main->page_size;
	int rc = pass_read(&main->pass.base, out, (int)main->page_size,
	    offset);

	if (rc == SQLITE_OK)
		rc = main_file_open_page(main, number, out, out);
	else if (rc == SQLITE_IOERR_SHORT_READ) {
		sqlite3_int64 size;

		/* Beyond the end is lawful, a part of a page is not. */
		if (pass_size(&main->pass.base, &size) != SQLITE_OK)
			return SQLITE_IOERR_READ;
		if (size > offset)
			rc = number == 1 ? SQLITE_NOTADB : SQLITE_CORRUPT;
	}
	if (rc != SQLITE_OK)
		memset(out, 0, main->page_size);
	return rc;
}

/*
 * At open no lock is held: page 1 may be torn by a commit that is running or
 * by a crash whose journal is still to be played back.  What is in clear is
 * always told; an error is left to the real read of page 1.
 */
static int
read_header(struct main_file *main, unsigned char *out)
{
	unsigned char head[PAGE_CLEAR_SIZE];
	int rc = pass_read(&main->pass.base, head, sizeof(head), 0);

	memset(out, 0, HEADER_READ_SIZE);
	if (rc != SQLITE_OK)
		return rc;
	if (main_file_page_size(main) == 0)
		return SQLITE_OK;
	if (read_page(main, main->buffer, 1) == SQLITE_OK)
		memcpy(out, main->buffer, HEADER_READ_SIZE);
	else
		memcpy(out + PAGE_SALT_SIZE, head + PAGE_SALT_SIZE,
		    PAGE_CLEAR_SIZE - PAGE_SALT_SIZE);
	return SQLITE_OK;
}

/* Any octets, over the pages that hold them. */
static int
read_range(struct main_file *main, unsigned char *out, size_t n,
    sqlite3_int64 offset)
{
	size_t size = main_file_page_size(main);
	sqlite3_int64 length;

	memset(out, 0, n);
	if (size == 0) {
		if (pass_size(&main->pass.base, &length) != SQLITE_OK)
			return SQLITE_IOERR_READ;
		return length == 0 ? SQLITE_IOERR_SHORT_READ : SQLITE_NOTADB;
	}
	while (n > 0) {
		size_t skip = (size_t)(offset % (sqlite3_int64)size);
		size_t part = size - skip < n ? size - skip : n;
		int rc = read_page(main, main->buffer,
		    (uint32_t)(offset / (sqlite3_int64)size) + 1);

		if (rc != SQLITE_OK)
			return rc;
		memcpy(out, main->buffer + skip, part);
		out += part;
		offset += (sqlite3_int64)part;
		n -= part;
	}
	return SQLITE_OK;
}

/* We began to make a file, and another process made it otherwise. */
static int
page_size_has_changed(struct main_file *main)
{
	size_t before = main->page_size;

	main->page_size = 0;
	if (main_file_page_size(main) == 0)
		main->page_size = before;
	return main->page_size != before;
}

static int
main_read(sqlite3_file *file, void *to, int n, sqlite3_int64 offset)
{
	struct main_file *main = main_of(file);

	if (main->page_size == (size_t)n && offset % n == 0) {
		int rc = read_page(main, to, (uint32_t)(offset / n) + 1);

		if (rc != SQLITE_NOTADB || !page_size_has_changed(main))
			return rc;
	}
	if (n == HEADER_READ_SIZE && offset == 0)
		return read_header(main, to);
	return read_range(main, to, (size_t)n, offset);
}

/* What the WAL handed out within a checkpoint is ciphertext already. */
static int
write_copied(struct main_file *main, const unsigned char *from, int n,
    sqlite3_int64 offset)
{
	main->has_copied = 0;
	if (memcmp(from + n - PAGE_TRAILER_SIZE, main->copied,
	    PAGE_TRAILER_SIZE) != 0)
		return SQLITE_IOERR_WRITE;
	return pass_write(&main->pass.base, from, n, offset);
}

static int
main_write(sqlite3_file *file, const void *from, int n, sqlite3_int64 offset)
{
	struct main_file *main = main_of(file);
	uint32_t number;
	int rc;

	if (main->frozen)
		return SQLITE_READONLY;
	if (main_file_page_size(main) == 0 && page_size_is_valid((size_t)n))
		main_file_set_page_size(main, (size_t)n);
	if ((size_t)n != main->page_size || offset % n != 0)
		return SQLITE_IOERR_WRITE;
	if (main->checkpoint && main->has_copied)
		return write_copied(main, from, n, offset);
	number = (uint32_t)(offset / n) + 1;
	rc = main_file_seal(main, number, from, main->buffer);
	if (rc != SQLITE_OK)
		return rc;
	return pass_write(file, main->buffer, n, offset);
}

static int
main_lock(sqlite3_file *file, int level)
{
	struct main_file *main = main_of(file);

	if (level > SQLITE_LOCK_SHARED) {
		main->locks++;
		if (main->frozen)
			return SQLITE_OK;
	}
	return pass_lock(file, level);
}

static int
main_shm_lock(sqlite3_file *file, int offset, int n, int flags)
{
	/* Slot 0 is the writer of the WAL. */
	if (offset == 0 && (flags & SQLITE_SHM_LOCK) &&
	    (flags & SQLITE_SHM_EXCLUSIVE))
		main_of(file)->locks++;
	return pass_shm_lock(file, offset, n, flags);
}

/*
 * PRAGMA page_size on a file that is not empty: a later VACUUM would write
 * pages of another size, in parts.  PRAGMA secure_delete other than `on':
 * pages would be left out of the file as holes, which have no tag.  Both are
 * swallowed.
 */
static int
main_pragma(struct main_file *main, char **argument)
{
	if (argument[2] == NULL)
		return SQLITE_NOTFOUND;
	if (sqlite3_stricmp(argument[1], "secure_delete") == 0)
		return sqlite3_stricmp(argument[2], "on") == 0 ?
		    SQLITE_NOTFOUND : SQLITE_OK;
	if (sqlite3_stricmp(argument[1], "page_size") == 0 &&
	    main_file_page_size(main) != 0)
		return SQLITE_OK;
	return SQLITE_NOTFOUND;
}

static int
main_control(sqlite3_file *file, int op, void *argument)
{
	struct main_file *main = main_of(file);

	switch (op) {
	case SQLITE_FCNTL_PRAGMA:
		return main_pragma(main, argument);
	case SQLITE_FCNTL_MMAP_SIZE:
		*(sqlite3_int64 *)argument = 0;
		return SQLITE_OK;
	case SQLITE_FCNTL_CKPT_START:
	case SQLITE_FCNTL_CKPT_DONE:
		main->checkpoint = op == SQLITE_FCNTL_CKPT_START;
		main->has_copied = 0;
		break;
	}
	/* HAS_MOVED among the rest: without an answer to it a handle on a
	 * renamed file removes its successor's WAL when it is closed. */
	return pass_control(file, op, argument);
}

static int
main_close(sqlite3_file *file)
{
	struct main_file *main = main_of(file);

	file_key_drop(main->key);
	page_cipher_free(main->cipher);
	free(main->buffer);
	return pass_close(file);
}

static const sqlite3_io_methods main_methods = {
	.iVersion = 2, /* no xFetch: pages cannot be mapped */
	.xClose = main_close,
	.xRead = main_read,
	.xWrite = main_write,
	.xTruncate = pass_truncate,
	.xSync = pass_sync,
	.xFileSize = pass_size,
	.xLock = main_lock,
	.xUnlock = pass_unlock,
	.xCheckReservedLock = pass_check_reserved,
	.xFileControl = main_control,
	.xSectorSize = pass_sector_size,
	.xDeviceCharacteristics = pass_characteristics,
	.xShmMap = pass_shm_map,
	.xShmLock = main_shm_lock,
	.xShmBarrier = pass_shm_barrier,
	.xShmUnmap = pass_shm_unmap,
};

int
main_file_init(struct main_file *main, struct file_key *key, int frozen)
{
	main->cipher = page_cipher_new(NULL);
	if (main->cipher == NULL)
		return SQLITE_CANTOPEN;
	main->key = key;
	main->buffer = NULL;
	main->page_size = 0;
	main->has_salt = 0;
	main->locks = 0;
	main->checkpoint = 0;
	main->has_copied = 0;
	main->frozen = frozen;
	main->pass.base.pMethods = &main_methods;
	return SQLITE_OK;
}
