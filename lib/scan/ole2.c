/* SPDX-License-Identifier: ISC */
/*
 * Looks for macros in a compound file: by the names of its directory, and in
 * workbooks by the records that say which sheet is one of macros ([MS-XLS],
 * 2.4.28) or that what follows is encrypted (2.4.117).  Every number in it is
 * the sender's: chains are bounded by the number of sectors there are.
 */
#include "ole2.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "file_flag.h"

#define HEAD_SIZE 512
#define ENTRY_SIZE 128
#define DIFAT_IN_HEAD 109
#define BOOKS_MAX 4 /* workbooks of one file */

enum { ENTRY_STORAGE = 1, ENTRY_STREAM = 2, ENTRY_ROOT = 5 };
enum { BIFF_BOUND_SHEET = 0x85, BIFF_FILE_PASS = 0x2f, BIFF_EOF = 0x0a,
	SHEET_OF_MACROS = 1 };

struct ole2 {
	struct slice file;
	unsigned shift;      /* sector size as a power of two */
	size_t sectors_n;
	uint32_t directory;  /* its first sector */
	uint32_t mini_below; /* smaller streams are elsewhere */
	unsigned books_n;
};

static uint32_t
le32(const char *p)
{
	const unsigned char *u = (const unsigned char *)p;

	return u[0] | (uint32_t)u[1] << 8 | (uint32_t)u[2] << 16 |
	    (uint32_t)u[3] << 24;
}

static unsigned
le16(const char *p)
{
	const unsigned char *u = (const unsigned char *)p;

	return u[0] | (unsigned)u[1] << 8;
}

static int
open_file(struct ole2 *o, struct slice file)
{
	if (file.n < HEAD_SIZE)
		return -1;
	*o = (struct ole2){.file = file, .shift = le16(file.p + 30),
	    .directory = le32(file.p + 48), .mini_below = le32(file.p + 56)};
	if (o->shift != 9 && o->shift != 12)
		return -1;
	o->sectors_n = (file.n >> o->shift) + 1;
	return 0;
}

/* What there is of it; the last one may be cut. */
static struct slice
sector(const struct ole2 *o, uint32_t number)
{
	size_t from;

	if (number >= o->sectors_n)
		return SLICE_NONE;
	from = ((size_t)number + 1) << o->shift;
	return slice_part(o->file, from, from + ((size_t)1 << o->shift));
}

/* The sector that holds part `index' of the allocation table. */
static uint32_t
table_sector(const struct ole2 *o, size_t index)
{
	size_t each = ((size_t)1 << o->shift) / 4 - 1;
	uint32_t at = le32(o->file.p + 68);
	struct slice s;

	if (index < DIFAT_IN_HEAD)
		return le32(o->file.p + 76 + index * 4);
	index -= DIFAT_IN_HEAD;
	for (; index >= each; index -= each) {
		s = sector(o, at);
		if (s.n < (each + 1) * 4)
			return UINT32_MAX;
		at = le32(s.p + each * 4);
	}
	s = sector(o, at);
	return s.n >= (index + 1) * 4 ? le32(s.p + index * 4) : UINT32_MAX;
}

static uint32_t
next_sector(const struct ole2 *o, uint32_t number)
{
	size_t each = ((size_t)1 << o->shift) / 4;
	struct slice s = sector(o, table_sector(o, number / each));
	size_t at = number % each * 4;

	return s.n >= at + 4 ? le32(s.p + at) : UINT32_MAX;
}

static void
read_stream(const struct ole2 *o, uint32_t first, size_t max, struct buf *out)
{
	uint32_t at = first;

	for (size_t n = 0; n < o->sectors_n && at < o->sectors_n &&
	    out->n < max; n++) {
		buf_append_slice(out, sector(o, at));
		at = next_sector(o, at);
	}
}

/* Sheets of macros and encryption, by the records of the workbook. */
static unsigned
book_flags(struct ole2 *o, const char *entry)
{
	struct buf book = BUF_INIT;
	unsigned flags = 0;
	size_t at = 0;

	if (le32(entry + 120) < o->mini_below || o->books_n++ == BOOKS_MAX)
		return 0;
	read_stream(o, le32(entry + 116), OLE2_BOOK_MAX, &book);
	while (at + 4 <= book.n) {
		unsigned kind = le16(book.p + at);
		size_t n = le16(book.p + at + 2);

		if (kind == BIFF_FILE_PASS)
			flags |= CONTENT_ENCRYPTED;
		if (kind == BIFF_BOUND_SHEET && n >= 6 &&
		    at + 10 <= book.n && book.p[at + 9] == SHEET_OF_MACROS)
			flags |= CONTENT_MACROS;
		if (kind == BIFF_EOF || flags != 0)
			break;
		at += 4 + n;
	}
	buf_free(&book);
	return flags;
}

/* Names are UTF-16; those that matter are ASCII. */
static bool
name_is(const char *entry, const char *name)
{
	size_t n = strlen(name);

	if (le16(entry + 64) != (n + 1) * 2)
		return false;
	for (size_t i = 0; i < n; i++)
		if (ascii_lower(entry[2 * i]) != ascii_lower(name[i]) ||
		    entry[2 * i + 1] != 0)
			return false;
	return true;
}

static unsigned
entry_flags(struct ole2 *o, const char *entry)
{
	static const struct {
		const char *name;
		unsigned flag;
	} names[] = {{"_VBA_PROJECT", CONTENT_MACROS},
	    {"_VBA_PROJECT_CUR", CONTENT_MACROS}, {"VBA", CONTENT_MACROS},
	    {"Macros", CONTENT_MACROS},
	    {"EncryptedPackage", CONTENT_ENCRYPTED},
	    {"EncryptionInfo", CONTENT_ENCRYPTED},
	    {"\1Ole10Native", CONTENT_OBJECT}, {"Package", CONTENT_OBJECT}};
	/* the class of an installer database */
	static const char installer[] = "\x84\x10\x0c\0\0\0\0\0\xc0\0\0\0\0"
	    "\0\0\x46";

	if (entry[66] == ENTRY_ROOT && memcmp(entry + 80, installer, 16) == 0)
		return CONTENT_EXECUTABLE;
	if (entry[66] != ENTRY_STORAGE && entry[66] != ENTRY_STREAM)
		return 0;
	if (name_is(entry, "Workbook") || name_is(entry, "Book"))
		return book_flags(o, entry);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (name_is(entry, names[i].name))
			return names[i].flag;
	return 0;
}

static unsigned
directory_flags(struct ole2 *o, struct slice directory)
{
	unsigned flags = 0;

	for (size_t at = 0; at + ENTRY_SIZE <= directory.n; at += ENTRY_SIZE)
		flags |= entry_flags(o, directory.p + at);
	return flags;
}

unsigned
ole2_flags(struct slice octets)
{
	static const char vba[] = "_\0V\0B\0A\0_\0P\0R\0O\0J\0E\0C\0T";
	struct buf directory = BUF_INIT;
	unsigned flags = 0;
	struct ole2 o;

	if (open_file(&o, octets) == 0) {
		read_stream(&o, o.directory, OLE2_ENTRIES_MAX * ENTRY_SIZE,
		    &directory);
		flags = directory_flags(&o, buf_slice(&directory));
		buf_free(&directory);
	}
	if (octets.n > sizeof(vba) &&
	    memmem(octets.p, octets.n, vba, sizeof(vba)) != NULL)
		flags |= CONTENT_MACROS;
	return flags;
}
