/* SPDX-License-Identifier: ISC */
/*
 * Reads all pages through the VFS, past SQLite's cache.
 */
#include "verify.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "database.h"
#include "wal_file.h"

#define WAL_HEADER_SIZE 32
#define PENDING_OCTET 0x40000000
/* A checkpoint may be writing a page while it is read. */
#define TRIES 3
/* More than the longest log that makes sense. */
#define WAL_PAGES_MAX ((int64_t)1 << 24)

struct pass {
	sqlite3 *db;
	struct verify_result *result;
	int64_t page_size;
	int64_t pages;           /* of the database in this state */
	unsigned char *page;     /* room for a frame */
	unsigned char *in_wal;   /* a bit for each page */
};

static uint32_t
read_be32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | (uint32_t)p[3];
}

static void
note_bad(struct pass *pass, int64_t number, int64_t *count)
{
	(*count)++;
	if (pass->result->first_bad == 0)
		pass->result->first_bad = number;
}

/* A frame of this log whose sum is right: 1; else the log ends before it. */
static int
next_frame(struct pass *pass, sqlite3_file *wal, const unsigned char *header,
    uint32_t sum[2], int64_t at)
{
	unsigned char *frame = pass->page;
	int n = (int)(FRAME_HEAD_SIZE + pass->page_size);

	if (wal->pMethods->xRead(wal, frame, n, at) != SQLITE_OK ||
	    memcmp(frame + 8, header + 16, 8) != 0)
		return 0;
	wal_sum(header[3] & 1, frame, 8, sum);
	wal_sum(header[3] & 1, frame + FRAME_HEAD_SIZE,
	    (size_t)pass->page_size, sum);
	return sum[0] == read_be32(frame + 16) &&
	    sum[1] == read_be32(frame + 20);
}

static void
check_wal(struct pass *pass)
{
	unsigned char header[WAL_HEADER_SIZE];
	sqlite3_file *wal = NULL;
	uint32_t sum[2];
	int64_t at = WAL_HEADER_SIZE;

	sqlite3_file_control(pass->db, "main", SQLITE_FCNTL_JOURNAL_POINTER,
	    &wal);
	if (wal == NULL || wal->pMethods == NULL ||
	    wal->pMethods->xRead(wal, header, sizeof(header), 0) !=
	    SQLITE_OK || (read_be32(header) & ~1u) != 0x377f0682 ||
	    read_be32(header + 8) != (pass->page_size & 0xffffffff))
		return;
	sum[0] = read_be32(header + 24);
	sum[1] = read_be32(header + 28);
	while (next_frame(pass, wal, header, sum, at)) {
		uint32_t number = read_be32(pass->page);

		pass->result->frames++;
		if (number >= 1 && number <= pass->pages)
			pass->in_wal[number / 8] |=
			    (unsigned char)(1 << number % 8);
		if (wal->pMethods->xRead(wal, pass->page,
		    (int)pass->page_size, at + FRAME_HEAD_SIZE) != SQLITE_OK)
			note_bad(pass, number, &pass->result->bad_frames);
		at += FRAME_HEAD_SIZE + pass->page_size;
	}
}

static int
page_is_good(struct pass *pass, sqlite3_file *file, int64_t number)
{
	int rc = SQLITE_OK;

	for (int i = 0; i < TRIES; i++) {
		rc = file->pMethods->xRead(file, pass->page,
		    (int)pass->page_size, (number - 1) * pass->page_size);
		if (rc == SQLITE_OK)
			return 1;
	}
	return 0;
}

static void
check_main(struct pass *pass)
{
	int64_t lock_page = PENDING_OCTET / pass->page_size + 1;
	sqlite3_file *file = NULL;

	sqlite3_file_control(pass->db, "main", SQLITE_FCNTL_FILE_POINTER,
	    &file);
	if (file == NULL || file->pMethods == NULL)
		return;
	for (int64_t number = 1; number <= pass->pages; number++) {
		if (number == lock_page ||
		    pass->in_wal[number / 8] & 1 << number % 8)
			continue;
		pass->result->pages++;
		if (!page_is_good(pass, file, number))
			note_bad(pass, number, &pass->result->bad_pages);
	}
}

/* A WAL can be made without the key, and claim any count of pages: what the
 * files have no room for is not there. */
static int
limit_pages(struct pass *pass)
{
	sqlite3_file *file = NULL;
	sqlite3_int64 size;
	struct verify_result *result = pass->result;

	sqlite3_file_control(pass->db, "main", SQLITE_FCNTL_FILE_POINTER,
	    &file);
	if (file == NULL || file->pMethods == NULL ||
	    file->pMethods->xFileSize(file, &size) != SQLITE_OK)
		return -1;
	size = size / pass->page_size + WAL_PAGES_MAX;
	if (pass->pages > size) {
		result->bad_pages = pass->pages - size;
		result->first_bad = size + 1;
		pass->pages = size;
	}
	return 0;
}

int
verify_pages(sqlite3 *db, struct verify_result *result, struct err *err)
{
	struct pass pass = {.db = db, .result = result};
	int rc = -1;

	memset(result, 0, sizeof(*result));
	if (database_exec(db, "BEGIN", err) < 0)
		return -1;
	if (database_number(db, "PRAGMA page_size", &pass.page_size,
	    err) < 0 ||
	    database_number(db, "PRAGMA page_count", &pass.pages, err) < 0)
		goto out;
	if (limit_pages(&pass) < 0) {
		database_fail(db, err, "cannot find the size of the file");
		goto out;
	}
	pass.page = mem_alloc(FRAME_HEAD_SIZE + (size_t)pass.page_size);
	pass.in_wal = mem_zalloc((size_t)pass.pages / 8 + 1);
	/* The log first: a checkpoint moves pages from it to the file. */
	check_wal(&pass);
	check_main(&pass);
	rc = 0;
out:
	sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
	free(pass.page);
	free(pass.in_wal);
	return rc;
}
