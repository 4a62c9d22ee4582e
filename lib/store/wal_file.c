/* SPDX-License-Identifier: ISC */
/*
 * The WAL.  A frame whose sum is wrong is the torn end of the log, and SQLite
 * stops there; a frame whose sum is right and whose tag is wrong was tampered
 * with, and is an error.
 */
#include "wal_file.h"

#include <string.h>

#define HEADER_SIZE 32
#define HEADER_SALTS 16
#define HEADER_SUM 24
#define FRAME_SALTS 8
#define FRAME_SUM 16
#define SUM_SIZE 8
/* The low bit says that sums read big-endian words. */
#define MAGIC 0x377f0682u

static struct wal_file *
wal_of(sqlite3_file *file)
{
	return (struct wal_file *)(void *)file;
}

static uint32_t
read_be32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | (uint32_t)p[3];
}

static void
write_be32(unsigned char *p, uint32_t value)
{
	p[0] = (unsigned char)(value >> 24);
	p[1] = (unsigned char)(value >> 16);
	p[2] = (unsigned char)(value >> 8);
	p[3] = (unsigned char)value;
}

void
wal_sum(int big_endian, const unsigned char *p, size_t n, uint32_t sum[2])
{
	uint32_t s0 = sum[0], s1 = sum[1];
	int swap = big_endian != (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);

	for (const unsigned char *end = p + n; p < end; p += 8) {
		uint32_t word[2];

		memcpy(word, p, sizeof(word));
		if (swap) {
			word[0] = __builtin_bswap32(word[0]);
			word[1] = __builtin_bswap32(word[1]);
		}
		s0 += word[0] + s1;
		s1 += word[1] + s0;
	}
	sum[0] = s0;
	sum[1] = s1;
}

static sqlite3_int64
frame_size(const struct wal_file *wal)
{
	return FRAME_HEAD_SIZE + (sqlite3_int64)wal->main->page_size;
}

/*
 * Offset within its frame of what lies at this offset of the file.  Whoever
 * opened the main file when it was empty learns the page size here: the other
 * process that made it has left the log and its index, so that SQLite reads
 * neither the header of the log nor page 1 of the main file before a frame.
 */
static sqlite3_int64
offset_in_frame(const struct wal_file *wal, sqlite3_int64 offset)
{
	if (offset < HEADER_SIZE || main_file_page_size(wal->main) == 0)
		return -1;
	return (offset - HEADER_SIZE) % frame_size(wal);
}

static void
note_header(struct wal_file *wal, const unsigned char *header)
{
	size_t size = read_be32(header + 8);

	wal->has_header = (read_be32(header) & ~1u) == MAGIC;
	if (!wal->has_header)
		return;
	wal->big_endian = header[3] & 1;
	memcpy(wal->salts, header + HEADER_SALTS, sizeof(wal->salts));
	if (main_file_page_size(wal->main) == 0 && page_size_is_valid(size))
		main_file_set_page_size(wal->main, size);
}

static void
remember_sum(struct wal_file *wal, sqlite3_int64 next,
    const unsigned char *sum)
{
	wal->sum[0] = read_be32(sum);
	wal->sum[1] = read_be32(sum + 4);
	wal->next = next;
	wal->locks = wal->main->locks;
	wal->has_sum = 1;
}

/* The sum before this frame, and the kind of sum, from disk unless this
 * handle wrote what is there and has held the lock ever since. */
static int
need_sum(struct wal_file *wal, sqlite3_int64 frame,
    const unsigned char *salts)
{
	unsigned char header[HEADER_SIZE], before[SUM_SIZE];
	int rc;

	if (!wal->has_header ||
	    memcmp(wal->salts, salts, sizeof(wal->salts)) != 0) {
		wal->has_sum = 0;
		rc = pass_read(&wal->pass.base, header, sizeof(header), 0);
		if (rc != SQLITE_OK)
			return rc;
		note_header(wal, header);
		if (!wal->has_header)
			return SQLITE_IOERR_WRITE;
	}
	if (wal->has_sum && wal->next == frame &&
	    wal->locks == wal->main->locks)
		return SQLITE_OK;
	rc = pass_read(&wal->pass.base, before, sizeof(before), frame == 0 ?
	    HEADER_SUM : HEADER_SIZE + (frame - 1) * frame_size(wal) +
	    FRAME_SUM);
	if (rc != SQLITE_OK)
		return rc;
	remember_sum(wal, frame, before);
	return SQLITE_OK;
}

/* Header and page of a new frame in one write. */
static int
write_frame(struct wal_file *wal, const unsigned char *plain)
{
	struct main_file *main = wal->main;
	unsigned char *frame = main->buffer;
	sqlite3_int64 number = (wal->held_at - HEADER_SIZE) / frame_size(wal);
	int rc = need_sum(wal, number, wal->held + FRAME_SALTS);

	wal->has_held = 0;
	if (rc == SQLITE_OK)
		rc = main_file_seal(main, read_be32(wal->held), plain,
		    frame + FRAME_HEAD_SIZE);
	if (rc != SQLITE_OK)
		return rc;
	memcpy(frame, wal->held, FRAME_HEAD_SIZE);
	wal_sum(wal->big_endian, frame, FRAME_SALTS, wal->sum);
	wal_sum(wal->big_endian, frame + FRAME_HEAD_SIZE, main->page_size,
	    wal->sum);
	write_be32(frame + FRAME_SUM, wal->sum[0]);
	write_be32(frame + FRAME_SUM + 4, wal->sum[1]);
	rc = pass_write(&wal->pass.base, frame, (int)frame_size(wal),
	    wal->held_at);
	wal->next = number + 1;
	wal->has_sum = rc == SQLITE_OK;
	return rc;
}

/* A page of the open transaction is written again where it lies.  Sums from
 * here on are wrong until SQLite rewrites them at the commit. */
static int
overwrite_page(struct wal_file *wal, const unsigned char *plain,
    sqlite3_int64 offset)
{
	struct main_file *main = wal->main;
	unsigned char number[4];
	int rc = pass_read(&wal->pass.base, number, sizeof(number),
	    offset - FRAME_HEAD_SIZE);

	if (rc == SQLITE_OK)
		rc = main_file_seal(main, read_be32(number), plain,
		    main->buffer);
	if (rc != SQLITE_OK)
		return rc;
	return pass_write(&wal->pass.base, main->buffer,
	    (int)main->page_size, offset);
}

static int
write_page(struct wal_file *wal, const unsigned char *plain,
    sqlite3_int64 offset)
{
	wal->rewriting = 0;
	if (wal->has_held && wal->held_at == offset - FRAME_HEAD_SIZE)
		return write_frame(wal, plain);
	return overwrite_page(wal, plain, offset);
}

static int
write_head(struct wal_file *wal, const unsigned char *head,
    sqlite3_int64 offset)
{
	sqlite3_int64 number = (offset - HEADER_SIZE) / frame_size(wal);
	int rc;

	if (!wal->rewriting || wal->read_at != offset) {
		memcpy(wal->held, head, FRAME_HEAD_SIZE);
		wal->held_at = offset;
		wal->has_held = 1;
		return SQLITE_OK;
	}
	wal->read_at = -1;
	rc = pass_write(&wal->pass.base, head, FRAME_HEAD_SIZE, offset);
	if (rc == SQLITE_OK)
		remember_sum(wal, number + 1, head + FRAME_SUM);
	else
		wal->has_sum = 0;
	return rc;
}

static int
write_header(struct wal_file *wal, const unsigned char *header)
{
	int rc = pass_write(&wal->pass.base, header, HEADER_SIZE, 0);

	wal->has_header = 0;
	wal->has_sum = 0;
	wal->rewriting = 0;
	if (rc != SQLITE_OK)
		return rc;
	note_header(wal, header);
	remember_sum(wal, 0, header + HEADER_SUM);
	return SQLITE_OK;
}

static int
wal_write(sqlite3_file *file, const void *from, int n, sqlite3_int64 offset)
{
	struct wal_file *wal = wal_of(file);
	sqlite3_int64 within;

	if (offset == 0 && n == HEADER_SIZE)
		return write_header(wal, from);
	within = offset_in_frame(wal, offset);
	if (within == 0 && n == FRAME_HEAD_SIZE)
		return write_head(wal, from, offset);
	if (within == FRAME_HEAD_SIZE && (size_t)n == wal->main->page_size)
		return write_page(wal, from, offset);
	return SQLITE_IOERR_WRITE;
}

/* A page for SQLite to look at. */
static int
read_page(struct wal_file *wal, unsigned char *out, int n,
    sqlite3_int64 offset)
{
	struct main_file *main = wal->main;
	unsigned char *frame = main->buffer;
	unsigned char *page = frame + FRAME_HEAD_SIZE;
	int rc = pass_read(&wal->pass.base, frame, (int)frame_size(wal),
	    offset - FRAME_HEAD_SIZE);

	if (rc != SQLITE_OK)
		return rc == SQLITE_IOERR_SHORT_READ ? SQLITE_CORRUPT : rc;
	rc = main_file_open_page(main, read_be32(frame), page,
	    (size_t)n == main->page_size ? out : page);
	if (rc != SQLITE_OK)
		memset(out, 0, (size_t)n);
	else if ((size_t)n != main->page_size)
		memcpy(out, page, (size_t)n);
	return rc;
}

/* A page that SQLite writes to the main file next, and does not look at:
 * same page number, same key, so it can be copied as it is. */
static int
copy_page(struct wal_file *wal, unsigned char *out, sqlite3_int64 offset)
{
	struct main_file *main = wal->main;
	int rc = pass_read(&wal->pass.base, out, (int)main->page_size,
	    offset);

	main->has_copied = rc == SQLITE_OK;
	if (rc == SQLITE_OK)
		memcpy(main->copied, out + main->page_size -
		    PAGE_TRAILER_SIZE, PAGE_TRAILER_SIZE);
	return rc;
}

static int
wal_read(sqlite3_file *file, void *to, int n, sqlite3_int64 offset)
{
	struct wal_file *wal = wal_of(file);
	sqlite3_int64 within;
	int rc;

	if (offset == 0 && n == HEADER_SIZE) {
		rc = pass_read(file, to, n, offset);
		wal->has_sum = 0;
		if (rc == SQLITE_OK)
			note_header(wal, to);
		return rc;
	}
	within = offset_in_frame(wal, offset);
	if (within == FRAME_HEAD_SIZE && (size_t)n <= wal->main->page_size) {
		if (wal->main->checkpoint &&
		    (size_t)n == wal->main->page_size)
			return copy_page(wal, to, offset);
		return read_page(wal, to, n, offset);
	}
	if (within == 0 && n == frame_size(wal)) {
		wal->read_at = offset;
		return pass_read(file, to, n, offset);
	}
	/* A sum alone is read only where SQLite begins to rewrite sums. */
	if (n == SUM_SIZE && (within == FRAME_SUM || offset == HEADER_SUM)) {
		wal->rewriting = 1;
		wal->read_at = -1;
		return pass_read(file, to, n, offset);
	}
	return SQLITE_IOERR_READ;
}

static int
wal_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	wal_of(file)->has_sum = 0;
	return pass_truncate(file, size);
}

static const sqlite3_io_methods wal_methods = {
	.iVersion = 1,
	.xClose = pass_close,
	.xRead = wal_read,
	.xWrite = wal_write,
	.xTruncate = wal_truncate,
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
wal_file_init(struct wal_file *wal, struct main_file *main)
{
	wal->main = main;
	wal->has_header = 0;
	wal->has_sum = 0;
	wal->has_held = 0;
	wal->rewriting = 0;
	wal->pass.base.pMethods = &wal_methods;
}
