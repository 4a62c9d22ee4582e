/* SPDX-License-Identifier: ISC */
/*
 * The rollback journal.  What is no record of a page and no small piece of a
 * header is refused, so that no plain page gets through by mistake.
 */
#include "journal_file.h"

#include <string.h>

#define NUMBER_SIZE 4
#define PIECE_MAX 28 /* the longest of SQLite's writes to a header */
#define SECTOR_SIZE 512
#define HEADER_RECORDS 8 /* offset of the count of records, after the magic */
#define HEADER_SECTOR 20
#define HEADER_PAGE_SIZE 24
/* SQLite's lock octets; their page holds no data and its number marks the
 * name of a super-journal. */
#define PENDING_OCTET 0x40000000

static const unsigned char magic[8] = {
	0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7
};

static struct journal_file *
journal_of(sqlite3_file *file)
{
	return (struct journal_file *)(void *)file;
}

static uint32_t
read_be32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | (uint32_t)p[3];
}

static int
is_name_mark(uint32_t number, size_t page_size)
{
	return number == PENDING_OCTET / page_size + 1;
}

/* Where a page has 512 octets SQLite writes whole headers of that size. */
static int
is_header(const unsigned char *from, int n, sqlite3_int64 offset)
{
	static const unsigned char not_synced[sizeof(magic) + NUMBER_SIZE];

	return n == SECTOR_SIZE && offset % SECTOR_SIZE == 0 &&
	    (memcmp(from, magic, sizeof(magic)) == 0 ||
	    memcmp(from, not_synced, sizeof(not_synced)) == 0);
}

static int
write_page(struct journal_file *journal, const unsigned char *plain,
    sqlite3_int64 offset)
{
	struct main_file *main = journal->main;
	int rc = main_file_seal(main, journal->number, plain, main->buffer);

	if (rc != SQLITE_OK)
		return rc;
	return pass_write(&journal->pass.base, main->buffer,
	    (int)main->page_size, offset);
}

static int
journal_write(sqlite3_file *file, const void *from, int n,
    sqlite3_int64 offset)
{
	struct journal_file *journal = journal_of(file);
	size_t page_size = main_file_page_size(journal->main);
	int follows = journal->page_at == offset;
	int is_name = follows && page_size != 0 &&
	    is_name_mark(journal->number, page_size);

	journal->page_at = -1;
	if (n == NUMBER_SIZE) {
		journal->number = read_be32(from);
		journal->page_at = offset + NUMBER_SIZE;
		return pass_write(file, from, n, offset);
	}
	if (follows && !is_name && (size_t)n == page_size)
		return write_page(journal, from, offset);
	if (n <= PIECE_MAX || is_name || is_header(from, n, offset))
		return pass_write(file, from, n, offset);
	return SQLITE_IOERR_WRITE;
}

/*
 * Was the record at this offset synced, by the counts in the headers?  Then a
 * wrong tag is no torn write but damage.
 */
static int
was_synced(struct journal_file *journal, sqlite3_int64 offset)
{
	unsigned char head[PIECE_MAX];
	sqlite3_int64 at = 0;

	for (;;) {
		sqlite3_int64 sector, records, end;

		if (pass_read(&journal->pass.base, head, sizeof(head), at) !=
		    SQLITE_OK || memcmp(head, magic, sizeof(magic)) != 0)
			return 0;
		records = read_be32(head + HEADER_RECORDS);
		sector = read_be32(head + HEADER_SECTOR);
		if (records == 0xffffffff || sector < SECTOR_SIZE ||
		    sector > PAGE_SIZE_MAX)
			return 0;
		end = at + sector + records * (2 * NUMBER_SIZE +
		    (sqlite3_int64)journal->main->page_size);
		if (offset < end)
			return 1;
		at = (end + sector - 1) / sector * sector;
	}
}

static int
read_page(struct journal_file *journal, unsigned char *out, uint32_t number,
    sqlite3_int64 offset)
{
	struct main_file *main = journal->main;
	int rc = pass_read(&journal->pass.base, out, (int)main->page_size,
	    offset);

	if (rc != SQLITE_OK)
		return rc;
	/* The first record is page 1's as a rule, and brings the salt that
	 * the others were encrypted under, even if the file has a new one. */
	rc = main_file_open_page(main, number, out, out);
	if (rc == SQLITE_OK)
		return SQLITE_OK;
	memset(out, 0, main->page_size);
	if (rc != SQLITE_NOTADB && rc != SQLITE_CORRUPT)
		return rc;
	/* SQLite ends the rollback here without an error. */
	return was_synced(journal, offset) ? SQLITE_CORRUPT :
	    SQLITE_IOERR_SHORT_READ;
}

/* A file whose page 1 is torn: the journal's header tells the page size. */
static void
need_page_size(struct journal_file *journal)
{
	unsigned char head[PIECE_MAX];
	size_t size;

	if (main_file_page_size(journal->main) != 0 ||
	    pass_read(&journal->pass.base, head, sizeof(head), 0) !=
	    SQLITE_OK || memcmp(head, magic, sizeof(magic)) != 0)
		return;
	size = read_be32(head + HEADER_PAGE_SIZE);
	if (page_size_is_valid(size))
		main_file_set_page_size(journal->main, size);
}

static int
journal_read(sqlite3_file *file, void *to, int n, sqlite3_int64 offset)
{
	struct journal_file *journal = journal_of(file);
	unsigned char number[NUMBER_SIZE];
	int rc;

	need_page_size(journal);
	if ((size_t)n != journal->main->page_size || offset < NUMBER_SIZE)
		return pass_read(file, to, n, offset);
	rc = pass_read(file, number, sizeof(number), offset - NUMBER_SIZE);
	if (rc != SQLITE_OK)
		return rc;
	if (is_name_mark(read_be32(number), (size_t)n))
		return pass_read(file, to, n, offset);
	return read_page(journal, to, read_be32(number), offset);
}

static const sqlite3_io_methods journal_methods = {
	.iVersion = 1,
	.xClose = pass_close,
	.xRead = journal_read,
	.xWrite = journal_write,
	.xTruncate = pass_truncate,
	.xSync = pass_sync,
	.xFileSize = pass_size,
	.xLock = pass_lock,
	.xUnlock = pass_unlock,
	.xCheckReservedLock = pass_check_reserved,
	.xFileControl = pass_control,
	.xSectorSize = pass_sector_size,
	.xDeviceCharacteristics = pass_characteristics,
};

void
journal_file_init(struct journal_file *journal, struct main_file *main)
{
	journal->main = main;
	journal->page_at = -1;
	journal->pass.base.pMethods = &journal_methods;
}
