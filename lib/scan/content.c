/* SPDX-License-Identifier: ISC */
/*
 * Files by magic, by name, and by the structure of those that carry programs
 * in them (ole2.h, pdf.h).  Each is looked through once for each of a few
 * texts.
 */
#include "content.h"

#include <string.h>

#include "file_name.h"
#include "ole2.h"
#include "pdf.h"

#define EICAR "X5O!P%@AP[4\\PZX54(P^)7CC)7}$" \
	"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
#define PDF_HEAD ((size_t)1024) /* readers find the head anywhere in it */
#define MARKUP_HEAD ((size_t)1024)

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
    MAGIC(0, "QFI\xfb", "qcow", CONTENT_DISK_IMAGE),
    MAGIC(0, "MSWIM\0\0\0", "wim", CONTENT_DISK_IMAGE),
    MAGIC(0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole2", 0),
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
    MAGIC(7, "**ACE**", "ace", 0), MAGIC(0, "\x60\xea", "arj", 0),
    MAGIC(0, "%PDF-", "pdf", 0),
    MAGIC(0, "\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96"
	"\xd3", "one", 0),
    MAGIC(0, "{\\rt", "rtf", 0), MAGIC(0, "\x89PNG", "png", 0),
    MAGIC(0, "\xff\xd8\xff", "jpeg", 0), MAGIC(0, "GIF8", "gif", 0),
    MAGIC(0, "#!", "script", CONTENT_SCRIPT)};

static const char *const archives[] = {"zip", "rar", "7z", "gzip", "bzip2",
	"xz", "cab", "zstd", "lzip", "compress", "lha", "tar", "cpio", "ar",
	"iso", "ooxml", "odf", "jar"};

static const char *const flag_texts[CONTENT_FLAGS_N] = {"executable",
	"script", "shortcut", "disk_image", "macros", "pdf_active",
	"encrypted", "two_extensions", "turned_name", "type_differs",
	"eicar", "object", "nested", "bomb", "damaged", "unread", "external"};

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

/* HTML and SVG begin with a mark and are known by their first tags. */
static const char *
markup_kind(struct slice s)
{
	static const char *const tags[] = {"<!doctype html", "<html", "<head",
	    "<body", "<script"};

	s = slice_part(s, 0, MARKUP_HEAD);
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

const char *
content_kind(struct slice octets)
{
	const struct magic *magic = find_magic(octets);

	if (magic == NULL)
		return markup_kind(octets);
	return strcmp(magic->kind, "zip") == 0 ? zip_kind(octets)
	    : magic->kind;
}

bool
content_is_archive(const char *kind)
{
	for (size_t i = 0; i < sizeof(archives) / sizeof(archives[0]); i++)
		if (strcmp(archives[i], kind) == 0)
			return true;
	return false;
}

bool
content_is_plain_archive(const char *kind)
{
	return content_is_archive(kind) && strcmp(kind, "ooxml") != 0 &&
	    strcmp(kind, "odf") != 0 && strcmp(kind, "jar") != 0;
}

/* Bit 0 of the flags of the first file's head. */
static bool
is_encrypted_zip(struct slice s)
{
	return s.n > 6 && (s.p[6] & 1) != 0 && slice_starts(s, "PK\x03\x04");
}

static bool
has_script(struct slice s)
{
	for (size_t at = slice_find(s, '<'); at < s.n;
	    at += 1 + slice_find(slice_part(s, at + 1, s.n), '<'))
		if (slice_case_starts(slice_part(s, at, s.n), "<script"))
			return true;
	return false;
}

static unsigned
structure_flags(struct slice s, const char *kind)
{
	bool is_zip = strcmp(kind, "zip") == 0 || strcmp(kind, "ooxml") == 0;

	if (strcmp(kind, "ole2") == 0)
		return ole2_flags(s);
	if (strcmp(kind, "pdf") == 0)
		return pdf_flags(s);
	if (strcmp(kind, "jar") == 0)
		return CONTENT_EXECUTABLE;
	if (strcmp(kind, "rtf") == 0)
		return HOLDS(s, "\\object") || HOLDS(s, "\\objdata") ?
		    CONTENT_OBJECT : 0;
	if (strcmp(kind, "html") == 0 || strcmp(kind, "svg") == 0)
		return has_script(s) ? CONTENT_SCRIPT : 0;
	if (strcmp(kind, "one") == 0) /* the GUID of a packaged file */
		return HOLDS(s, "\xe7\x16\xe3\xbd\x65\x26\x11\x45\xa4\xc4"
		    "\x8d\x4d\x0b\x7a\x9e\xac") ? CONTENT_OBJECT : 0;
	if (!is_zip)
		return 0;
	return (HOLDS(s, "vbaProject.bin") ||
	    HOLDS(s, "xl/macrosheets/") ? CONTENT_MACROS : 0) |
	    (is_encrypted_zip(s) ? CONTENT_ENCRYPTED : 0);
}

bool
content_has_eicar(struct slice octets)
{
	return HOLDS(octets, EICAR);
}

unsigned
content_flags(struct slice octets, const char *kind, struct slice name)
{
	const struct magic *magic = find_magic(octets);
	unsigned flags = file_name_flags(name) | structure_flags(octets, kind);

	if (magic != NULL)
		flags |= magic->flags;
	else if (slice_case_starts(slice_trim(octets), "@echo off"))
		flags |= CONTENT_SCRIPT;
	if (!file_name_fits(name, kind))
		flags |= CONTENT_TYPE_DIFFERS;
	if (content_has_eicar(octets))
		flags |= CONTENT_EICAR;
	return flags;
}

/* Declared as text, picture or PDF, and something else by its octets. */
static bool
type_differs(const char *kind, struct slice type, struct slice subtype)
{
	bool picture = strcmp(kind, "png") == 0 ||
	    strcmp(kind, "jpeg") == 0 || strcmp(kind, "gif") == 0;

	if (kind[0] == '\0')
		return false;
	if (slice_case_is(type, "image"))
		return !picture && !slice_case_is(subtype, "svg+xml");
	if (slice_case_is(subtype, "pdf"))
		return strcmp(kind, "pdf") != 0;
	return slice_case_is(type, "text") && strcmp(kind, "script") != 0 &&
	    strcmp(kind, "html") != 0 && strcmp(kind, "svg") != 0 &&
	    !slice_case_is(subtype, "rtf");
}

unsigned
content_part_flags(struct slice octets, const char *kind, struct slice name,
    struct slice type, struct slice subtype)
{
	unsigned flags = content_flags(octets, kind, name);

	if (type_differs(kind, type, subtype))
		flags |= CONTENT_TYPE_DIFFERS;
	return flags;
}

void
content_flags_text(unsigned flags, struct buf *out)
{
	for (unsigned i = 0; i < CONTENT_FLAGS_N; i++)
		if ((flags & 1u << i) != 0)
			buf_format(out, " %s", flag_texts[i]);
}

void
content_flags_write(unsigned flags, struct json_writer *w)
{
	if (flags == 0)
		return;
	json_open_array(w, "flags");
	for (unsigned i = 0; i < CONTENT_FLAGS_N; i++)
		if ((flags & 1u << i) != 0)
			json_put_text(w, NULL, flag_texts[i]);
	json_close_array(w);
}

unsigned
content_flags_read(struct slice json)
{
	struct json_walk walk = json_walk(json);
	struct slice item;
	unsigned flags = 0;

	while (json_next(&walk, NULL, &item))
		for (unsigned i = 0; i < CONTENT_FLAGS_N; i++)
			if (json_string_is(item, flag_texts[i]))
				flags |= 1u << i;
	return flags;
}
