/* SPDX-License-Identifier: ISC */
/*
 * Files by magic.  Some are known by their last octets, and open although
 * others stand in front: archives with a picture before them.
 */
#include "magic.h"

#include <string.h>

#include "file_flag.h"
#include "script_text.h"

#define PDF_HEAD ((size_t)1024) /* readers find the head anywhere in it */
#define MARKUP_HEAD ((size_t)1024)
#define FIELDS_HEAD ((size_t)64 << 10)   /* of a message */
#define ZIP_TAIL (((size_t)64 << 10) + 21) /* a comment, and the record */
#define BLOCK ((size_t)512)

struct magic {
	size_t at;
	const char *octets;
	size_t n;
	const char *kind;
	unsigned flags;
};
#define MAGIC(at, octets, kind, flags) \
	{(at), (octets), sizeof(octets) - 1, (kind), (flags)}

static const struct magic magics[] = {
    MAGIC(0, "MZ", "exe", CONTENT_EXECUTABLE),
    MAGIC(0, "\x7f" "ELF", "elf", CONTENT_EXECUTABLE),
    MAGIC(0, "\xcf\xfa\xed\xfe", "macho", CONTENT_EXECUTABLE),
    MAGIC(0, "\xce\xfa\xed\xfe", "macho", CONTENT_EXECUTABLE),
    MAGIC(0, "\xca\xfe\xba\xbe", "macho", CONTENT_EXECUTABLE),
    MAGIC(0, "ITSF\x03\0\0\0", "chm", CONTENT_EXECUTABLE),
    MAGIC(0, "L\0\0\0\x01\x14\x02\0", "lnk", CONTENT_SHORTCUT),
    MAGIC(0, "[InternetShortcut]", "url", CONTENT_SHORTCUT),
    MAGIC(0, "[{000214A0-0000-0000-C000-000000000046}]", "url",
	CONTENT_SHORTCUT),
    MAGIC(0x8001, "CD001", "iso", CONTENT_DISK_IMAGE),
    MAGIC(0x8001, "BEA01", "udf", CONTENT_DISK_IMAGE),
    MAGIC(0, "conectix", "vhd", CONTENT_DISK_IMAGE),
    MAGIC(0, "vhdxfile", "vhd", CONTENT_DISK_IMAGE),
    MAGIC(0, "KDMV", "vmdk", CONTENT_DISK_IMAGE),
    MAGIC(0x40, "\x7f\x10\xda\xbe", "vdi", CONTENT_DISK_IMAGE),
    MAGIC(0, "QFI\xfb", "qcow", CONTENT_DISK_IMAGE),
    MAGIC(0, "MSWIM\0\0\0", "wim", CONTENT_DISK_IMAGE),
    MAGIC(3, "NTFS    ", "disk", CONTENT_DISK_IMAGE),
    MAGIC(3, "EXFAT   ", "disk", CONTENT_DISK_IMAGE),
    MAGIC(54, "FAT12   ", "disk", CONTENT_DISK_IMAGE),
    MAGIC(54, "FAT16   ", "disk", CONTENT_DISK_IMAGE),
    MAGIC(82, "FAT32   ", "disk", CONTENT_DISK_IMAGE),
    MAGIC(BLOCK, "EFI PART", "disk", CONTENT_DISK_IMAGE),
    MAGIC(0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole2", 0),
    MAGIC(0, "ActiveMime", "mso", CONTENT_MACROS),
    MAGIC(0, "PK\x03\x04", "zip", 0), MAGIC(0, "PK\x05\x06", "zip", 0),
    MAGIC(0, "PK00PK\x03\x04", "zip", 0),
    MAGIC(0, "Rar!\x1a\x07", "rar", 0),
    MAGIC(0, "7z\xbc\xaf\x27\x1c", "7z", 0),
    MAGIC(0, "\x1f\x8b", "gzip", 0), MAGIC(0, "BZh", "bzip2", 0),
    MAGIC(0, "\xfd" "7zXZ", "xz", 0), MAGIC(0, "MSCF", "cab", 0),
    MAGIC(0, "\x28\xb5\x2f\xfd", "zstd", 0),
    MAGIC(0, "LZIP\x01", "lzip", 0), MAGIC(0, "\x1f\x9d", "compress", 0),
    MAGIC(2, "-lh", "lha", 0), MAGIC(257, "ustar", "tar", 0),
    MAGIC(0, "070701", "cpio", 0), MAGIC(0, "!<arch>\n", "ar", 0),
    /* nothing here opens these */
    MAGIC(7, "**ACE**", "ace", CONTENT_UNREAD),
    MAGIC(0, "\x60\xea", "arj", CONTENT_UNREAD),
    MAGIC(0, "\x78\x9f\x3e\x22", "tnef", 0), MAGIC(0, "%PDF-", "pdf", 0),
    MAGIC(0, "\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96"
	"\xd3", "one", 0),
    MAGIC(0, "{\\rt", "rtf", 0), MAGIC(0, "\x89PNG", "png", 0),
    MAGIC(0, "\xff\xd8\xff", "jpeg", 0), MAGIC(0, "GIF8", "gif", 0),
    MAGIC(0, "#!", "script", CONTENT_SCRIPT)};

static bool
holds(struct slice s, const char *text, size_t n)
{
	return s.n >= n && memmem(s.p, s.n, text, n) != NULL;
}
#define HOLDS(s, literal) holds((s), (literal), sizeof(literal) - 1)

static const struct magic *
find_magic(struct slice s)
{
	static const struct magic pdf = MAGIC(0, "%PDF-", "pdf", 0);

	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++) {
		const struct magic *m = &magics[i];

		if (s.n >= m->at + m->n &&
		    memcmp(s.p + m->at, m->octets, m->n) == 0)
			return m;
	}
	return HOLDS(slice_part(s, 0, PDF_HEAD), "%PDF-") ? &pdf : NULL;
}

/* What a ZIP is for: its table of contents names the files that tell. */
static const char *
zip_kind(struct slice s)
{
	if (HOLDS(s, "[Content_Types].xml"))
		return "ooxml";
	if (HOLDS(slice_part(s, 0, 200),
	    "mimetypeapplication/vnd.oasis.opendocument"))
		return "odf";
	return HOLDS(s, "META-INF/MANIFEST.MF") ? "jar" : "zip";
}

/* The ASCII of UTF-16 whose first two octets say that it is. */
static struct slice
head_of(struct slice s, char room[MARKUP_HEAD])
{
	bool wide = slice_starts(s, "\xff\xfe") || slice_starts(s, "\xfe\xff");
	size_t n = 0;

	if (!wide)
		return slice_part(s, 0, MARKUP_HEAD);
	for (size_t i = 2; i < s.n && n < MARKUP_HEAD; i++)
		if (s.p[i] != '\0')
			room[n++] = s.p[i];
	return slice_of(room, n);
}

/* HTML and SVG begin with a mark and are known by their first tags. */
static const char *
markup_kind(struct slice s)
{
	static const char *const tags[] = {"<!doctype html", "<html", "<head",
	    "<body", "<script", "<hta:"};
	char room[MARKUP_HEAD];

	s = head_of(s, room);
	if (slice_starts(s, "\xef\xbb\xbf"))
		s = slice_part(s, 3, s.n);
	while (s.n > 0 && (unsigned char)s.p[0] <= 0x20)
		s = slice_part(s, 1, s.n);
	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
		if (slice_case_starts(s, tags[i]))
			return "html";
	return slice_starts(s, "<svg") ||
	    (slice_starts(s, "<?xml") && HOLDS(s, "<svg")) ? "svg" : "";
}

/* A message with parts, or a page saved as one: fields from the first line
 * on, and those of MIME (RFC 2045) among them. */
static bool
is_message(struct slice s)
{
	struct slice rest = slice_part(s, 0, FIELDS_HEAD), line, name;
	bool has_version = false, has_type = false;

	if (slice_starts(rest, "From "))
		slice_line(&rest);
	while (rest.p != NULL && !(has_version && has_type)) {
		line = slice_line(&rest);
		if (line.n > 0 && ascii_is_space(line.p[0]))
			continue;
		name = slice_part(line, 0, slice_find(line, ':'));
		if (name.n == line.n || slice_find(name, ' ') < name.n)
			return false;
		has_version |= slice_case_is(name, "MIME-Version");
		has_type |= slice_case_is(name, "Content-Type");
	}
	return has_version && has_type;
}

/* By what it ends with. */
static const char *
tail_kind(struct slice s, unsigned *flags)
{
	struct slice block = slice_part(s, s.n - BLOCK, s.n), tail;

	if (s.n >= 2 * BLOCK && (slice_starts(block, "conectix") ||
	    slice_starts(block, "koly"))) {
		*flags = CONTENT_DISK_IMAGE;
		return block.p[0] == 'c' ? "vhd" : "dmg";
	}
	tail = slice_part(s, s.n > ZIP_TAIL ? s.n - ZIP_TAIL : 0, s.n);
	return HOLDS(tail, "PK\x05\x06") && HOLDS(s, "PK\x01\x02") ?
	    zip_kind(s) : "";
}

const char *
magic_kind(struct slice octets, unsigned *flags)
{
	const struct magic *magic = find_magic(octets);
	const char *kind;

	*flags = magic != NULL ? magic->flags : 0;
	if (magic != NULL)
		return strcmp(magic->kind, "zip") == 0 ? zip_kind(octets)
		    : magic->kind;
	kind = markup_kind(octets);
	if (kind[0] == '\0')
		kind = is_message(octets) ? "eml" : tail_kind(octets, flags);
	if (kind[0] == '\0' && script_text_is(octets)) {
		*flags = CONTENT_SCRIPT;
		kind = "script";
	}
	return kind;
}
