/* SPDX-License-Identifier: ISC */
/*
 * Files by magic, by name, and by the structure of those that carry programs
 * in them (ole2.h, pdf.h, html_page.h ...).  Each is looked through once for
 * each of a few texts.
 */
#include "content.h"

#include <string.h>

#include "file_name.h"
#include "html_page.h"
#include "magic.h"
#include "ole2.h"
#include "onenote.h"
#include "pdf.h"
#include "rar.h"

#define EICAR "X5O!P%@AP[4\\PZX54(P^)7CC)7}$" \
	"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
#define TEMPLATE_MAX ((size_t)1024) /* octets of its name */

static const char *const archives[] = {"zip", "rar", "7z", "gzip", "bzip2",
	"xz", "cab", "zstd", "lzip", "compress", "lha", "tar", "cpio", "ar",
	"iso", "ooxml", "odf", "jar", "eml", "tnef"};
/* ... of them, which hold files without being packed by somebody for that */
static const char *const documents[] = {"ooxml", "odf", "jar", "eml", "tnef"};

static const char *const flag_texts[CONTENT_FLAGS_N] = {"executable",
	"script", "shortcut", "disk_image", "macros", "pdf_active",
	"encrypted", "two_extensions", "turned_name", "type_differs",
	"eicar", "object", "nested", "bomb", "damaged", "unread", "external",
	"smuggling"};

static bool
holds(struct slice s, const char *text, size_t n)
{
	return s.n >= n && memmem(s.p, s.n, text, n) != NULL;
}
#define HOLDS(s, literal) holds((s), (literal), sizeof(literal) - 1)

static bool
is_one_of(const char *kind, const char *const *kinds, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(kinds[i], kind) == 0)
			return true;
	return false;
}
#define IS_ONE_OF(kind, kinds) is_one_of((kind), (kinds), \
	sizeof(kinds) / sizeof((kinds)[0]))

const char *
content_kind(struct slice octets)
{
	unsigned flags;

	return magic_kind(octets, &flags);
}

bool
content_is_archive(const char *kind)
{
	return IS_ONE_OF(kind, archives);
}

bool
content_is_plain_archive(const char *kind)
{
	return content_is_archive(kind) && !IS_ONE_OF(kind, documents);
}

/* Bit 0 of the flags of the first file's head. */
static bool
is_encrypted_zip(struct slice s)
{
	return s.n > 6 && (s.p[6] & 1) != 0 && slice_starts(s, "PK\x03\x04");
}

/* `{\*\template http://...}', or of a share: the one on the author's own disk
 * is none that is fetched. */
static bool
has_far_template(struct slice s)
{
	struct slice name = slice_part(s, slice_find_text(s,
	    SLICE("\\template")), s.n);

	name = slice_part(name, strlen("\\template"), TEMPLATE_MAX);
	name = slice_trim(slice_part(name, 0, slice_find(name, '}')));
	return slice_starts(name, "\\\\\\\\") ||
	    slice_find_text(name, SLICE("://")) < name.n;
}

static unsigned
rtf_flags(struct slice s)
{
	return (HOLDS(s, "\\object") || HOLDS(s, "\\objdata") ?
	    CONTENT_OBJECT : 0) |
	    (has_far_template(s) ? CONTENT_EXTERNAL : 0);
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
		return rtf_flags(s);
	if (strcmp(kind, "html") == 0 || strcmp(kind, "svg") == 0)
		return html_page_flags(s);
	if (strcmp(kind, "one") == 0)
		return onenote_flags(s);
	if (strcmp(kind, "rar") == 0)
		return rar_flags(s);
	if (!is_zip)
		return 0;
	return (HOLDS(s, "vbaProject.bin") ||
	    HOLDS(s, "xl/macrosheets/") ? CONTENT_MACROS : 0) |
	    (is_encrypted_zip(s) ? CONTENT_ENCRYPTED : 0);
}

/* By its octet that others have least. */
bool
content_has_eicar(struct slice octets)
{
	static const char text[] = EICAR;
	const size_t n = sizeof(text) - 1;
	size_t before = slice_find(SLICE(EICAR), '^');
	size_t at = slice_find(octets, '^');

	while (at < octets.n) {
		if (at >= before && octets.n - at >= n - before &&
		    memcmp(octets.p + at - before, text, n) == 0)
			return true;
		at += 1 + slice_find(slice_part(octets, at + 1, octets.n), '^');
	}
	return false;
}

unsigned
content_flags(struct slice octets, const char *kind, struct slice name)
{
	unsigned flags;

	magic_kind(octets, &flags);
	flags |= file_name_flags(name) | structure_flags(octets, kind);
	if (kind[0] == '\0' &&
	    slice_case_starts(slice_trim(octets), "@echo off"))
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
	    strcmp(kind, "eml") != 0 && !slice_case_is(subtype, "rtf");
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
