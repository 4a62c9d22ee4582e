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
#define HEADER_FREELIST 32 /* first trunk page, in the header on page 1 */
#define PENDING_OCTET 0x40000000
/* A checkpoint may be writing a page while it is read. */
#define TRIES 3

struct pass {
	sqlite3 *db;
	struct verify_result *result;
	int64_t page_size;
	int64_t pages;           /* of the database in this state */
	unsigned char *page;     /* room for a frame */
	uint32_t *frame;         /* of each page in the WAL, from 1; or 0 */
	unsigned char *is_free;  /* a bit for each page; NULL: not known yet */
	sqlite3_file *main, *wal;
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

static int64_t
frame_offset(const struct pass *pass, uint32_t frame)
{
	return WAL_HEADER_SIZE +
	    (frame - 1) * (FRAME_HEAD_SIZE + pass->page_size);
}

static void
check_wal(struct pass *pass)
{
	unsigned char header[WAL_HEADER_SIZE];
	sqlite3_file *wal = pass->wal;
	uint32_t sum[2];

	if (wal == NULL || wal->pMethods == NULL ||
	    wal->pMethods->xRead(wal, header, sizeof(header), 0) !=
	    SQLITE_OK || (read_be32(header) & ~1u) != 0x377f0682 ||
	    read_be32(header + 8) != (pass->page_size & 0xffffffff))
		return;
	sum[0] = read_be32(header + 24);
	sum[1] = read_be32(header + 28);
	for (uint32_t i = 1; next_frame(pass, wal, header, sum,
	    frame_offset(pass, i)); i++) {
		uint32_t number = read_be32(pass->page);

		pass->result->frames++;
		if (number >= 1 && number <= pass->pages)
			pass->frame[number] = i;
		if (wal->pMethods->xRead(wal, pass->page,
		    (int)pass->page_size, frame_offset(pass, i) +
		    FRAME_HEAD_SIZE) != SQLITE_OK)
			note_bad(pass, number, &pass->result->bad_frames);
	}
}

static int
page_is_good(struct pass *pass, int64_t number)
{
	for (int i = 0; i < TRIES; i++)
		if (pass->main->pMethods->xRead(pass->main, pass->page,
		    (int)pass->page_size, (number - 1) * pass->page_size) ==
		    SQLITE_OK)
			return 1;
	return 0;
}

/* The newest version of a page. */
static int
read_page(struct pass *pass, uint32_t number)
{
	uint32_t frame = pass->frame[number];

	if (frame == 0)
		return page_is_good(pass, number);
	return pass->wal->pMethods->xRead(pass->wal, pass->page,
	    (int)pass->page_size, frame_offset(pass, frame) +
	    FRAME_HEAD_SIZE) == SQLITE_OK;
}

/* Follows the chain of trunk pages, each of which lists free pages. */
static void
find_free_pages(struct pass *pass)
{
	int64_t left = pass->pages;
	uint32_t trunk;

	pass->is_free = mem_zalloc((size_t)pass->pages / 8 + 1);
	if (!read_page(pass, 1))
		return;
	trunk = read_be32(pass->page + HEADER_FREELIST);
	while (trunk >= 1 && trunk <= pass->pages && left-- > 0 &&
	    read_page(pass, trunk)) {
		uint32_t n = read_be32(pass->page + 4);

		for (uint32_t i = 0; i < n && 8 + 4 * (int64_t)i <
		    pass->page_size; i++) {
			uint32_t leaf = read_be32(pass->page + 8 + 4 * i);

			if (leaf >= 1 && leaf <= pass->pages)
				pass->is_free[leaf / 8] |=
				    (unsigned char)(1 << leaf % 8);
		}
		trunk = read_be32(pass->page);
	}
}

static void
check_main(struct pass *pass)
{
	int64_t lock_page = PENDING_OCTET / pass->page_size + 1;

	for (int64_t number = 1; number <= pass->pages; number++) {
		if (number == lock_page || pass->frame[number] != 0)
			continue;
		pass->result->pages++;
		if (page_is_good(pass, number))
			continue;
		if (pass->is_free == NULL)
			find_free_pages(pass);
		if (pass->is_free[number / 8] & 1 << number % 8)
			pass->result->bad_free++;
		else
			note_bad(pass, number, &pass->result->bad_pages);
	}
}

/* A WAL can be made without the key, and claim any count of pages: what the
 * files have no room for is not there. */
static int
find_files(struct pass *pass)
{
	struct verify_result *result = pass->result;
	sqlite3_int64 size, log_size = 0;

	sqlite3_file_control(pass->db, "main", SQLITE_FCNTL_FILE_POINTER,
	    &pass->main);
	sqlite3_file_control(pass->db, "main", SQLITE_FCNTL_JOURNAL_POINTER,
	    &pass->wal);
	if (pass->main == NULL || pass->main->pMethods == NULL ||
	    pass->main->pMethods->xFileSize(pass->main, &size) != SQLITE_OK)
		return -1;
	if (pass->wal != NULL && pass->wal->pMethods != NULL &&
	    pass->wal->pMethods->xFileSize(pass->wal, &log_size) != SQLITE_OK)
		return -1;
	size = (size + log_size) / pass->page_size;
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
	if (find_files(&pass) < 0) {
		database_fail(db, err, "cannot find the size of the file");
		goto out;
	}
	pass.page = mem_alloc(FRAME_HEAD_SIZE + (size_t)pass.page_size);
	pass.frame = mem_zalloc(((size_t)pass.pages + 1) *
	    sizeof(*pass.frame));
	/* The log first: a checkpoint moves pages from it to the file. */
	check_wal(&pass);
	check_main(&pass);
	rc = 0;
out:
	sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
	free(pass.page);
	free(pass.frame);
	free(pass.is_free);
	return rc;
}
