/* SPDX-License-Identifier: ISC */
/*
 * Packaged files are found by the GUID before each, as whoever carves them out
 * does: what points to them is not followed.
 */
#include "onenote.h"

#include <stdint.h>
#include <string.h>

#include "file_flag.h"
#include "html_page.h"
#include "magic.h"

/* FileDataStoreObject: GUID, size, 12 octets unused, the file. */
#define GUID_SIZE 16
#define HEAD_SIZE (GUID_SIZE + 8 + 12)
#define FILE_HEAD ((size_t)4096) /* of each file: they may overlap */
#define FILES_MAX 200 /* looked at; one more is an object, whatever it is */

static bool
is_picture(struct slice file, const char *kind)
{
	return strcmp(kind, "png") == 0 || strcmp(kind, "jpeg") == 0 ||
	    strcmp(kind, "gif") == 0 || slice_starts(file, "BM") ||
	    slice_starts(slice_part(file, 40, file.n), " EMF");
}

static unsigned
file_flags(struct slice file)
{
	unsigned flags;
	const char *kind = magic_kind(file, &flags);

	if (strcmp(kind, "html") == 0)
		flags |= html_page_flags(file);
	return is_picture(file, kind) ? 0 : flags | CONTENT_OBJECT;
}

static size_t
size_of(struct slice head)
{
	uint64_t size = 0;

	for (size_t i = 0; i < 8; i++)
		size |= (uint64_t)(unsigned char)head.p[GUID_SIZE + i] <<
		    (8 * i);
	return size < FILE_HEAD ? (size_t)size : FILE_HEAD;
}

unsigned
onenote_flags(struct slice octets)
{
	static const char guid[] = "\xe7\x16\xe3\xbd\x65\x26\x11\x45\xa4\xc4"
	    "\x8d\x4d\x0b\x7a\x9e\xac";
	struct slice rest = octets;
	unsigned flags = 0;

	for (size_t n = 0; n < FILES_MAX; n++) {
		size_t at = slice_find_text(rest, slice_of(guid, GUID_SIZE));

		rest = slice_part(rest, at, rest.n);
		if (rest.n < HEAD_SIZE)
			return flags;
		flags |= file_flags(slice_part(rest, HEAD_SIZE,
		    HEAD_SIZE + size_of(rest)));
		rest = slice_part(rest, HEAD_SIZE, rest.n);
	}
	return flags | CONTENT_OBJECT;
}
