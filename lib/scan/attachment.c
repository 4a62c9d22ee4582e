/* SPDX-License-Identifier: ISC */
/*
 * Attachments by magic.  Each is looked through once for each of a few texts;
 * nothing of its structure is followed.
 */
#include "attachment.h"

#include <sodium.h>
#include <string.h>

#define EICAR "X5O!P%@AP[4\\PZX54(P^)7CC)7}$" \
	"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"

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
    MAGIC(0, "MZ", "exe", ATTACHMENT_EXECUTABLE),
    MAGIC(0, "\x7f" "ELF", "elf", ATTACHMENT_EXECUTABLE),
    MAGIC(0, "\xcf\xfa\xed\xfe", "macho", ATTACHMENT_EXECUTABLE),
    MAGIC(0, "\xca\xfe\xba\xbe", "macho", ATTACHMENT_EXECUTABLE),
    MAGIC(0, "L\0\0\0\x01\x14\x02\0", "lnk", ATTACHMENT_SHORTCUT),
    MAGIC(0x8001, "CD001", "iso", ATTACHMENT_DISK_IMAGE),
    MAGIC(0, "conectix", "vhd", ATTACHMENT_DISK_IMAGE),
    MAGIC(0, "vhdxfile", "vhd", ATTACHMENT_DISK_IMAGE),
    MAGIC(0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole2", 0),
    MAGIC(0, "PK\x03\x04", "zip", 0), MAGIC(0, "PK\x05\x06", "zip", 0),
    MAGIC(0, "Rar!\x1a\x07", "rar", 0),
    MAGIC(0, "7z\xbc\xaf\x27\x1c", "7z", 0),
    MAGIC(0, "\x1f\x8b", "gzip", 0), MAGIC(0, "BZh", "bzip2", 0),
    MAGIC(0, "\xfd" "7zXZ", "xz", 0), MAGIC(0, "MSCF", "cab", 0),
    MAGIC(257, "ustar", "tar", 0), MAGIC(0, "%PDF-", "pdf", 0),
    MAGIC(0, "{\\rtf", "rtf", 0), MAGIC(0, "\x89PNG", "png", 0),
    MAGIC(0, "\xff\xd8\xff", "jpeg", 0), MAGIC(0, "GIF8", "gif", 0),
    MAGIC(0, "#!", "script", ATTACHMENT_SCRIPT)};

static const struct {
	const char *end;
	unsigned flag;
} ends[] = {{".exe", ATTACHMENT_EXECUTABLE}, {".scr", ATTACHMENT_EXECUTABLE},
    {".com", ATTACHMENT_EXECUTABLE}, {".pif", ATTACHMENT_EXECUTABLE},
    {".msi", ATTACHMENT_EXECUTABLE}, {".cpl", ATTACHMENT_EXECUTABLE},
    {".jar", ATTACHMENT_EXECUTABLE}, {".js", ATTACHMENT_SCRIPT},
    {".jse", ATTACHMENT_SCRIPT}, {".vbs", ATTACHMENT_SCRIPT},
    {".vbe", ATTACHMENT_SCRIPT}, {".wsf", ATTACHMENT_SCRIPT},
    {".hta", ATTACHMENT_SCRIPT}, {".ps1", ATTACHMENT_SCRIPT},
    {".bat", ATTACHMENT_SCRIPT}, {".cmd", ATTACHMENT_SCRIPT},
    {".lnk", ATTACHMENT_SHORTCUT}, {".url", ATTACHMENT_SHORTCUT},
    {".scf", ATTACHMENT_SHORTCUT}, {".iso", ATTACHMENT_DISK_IMAGE},
    {".img", ATTACHMENT_DISK_IMAGE}, {".vhd", ATTACHMENT_DISK_IMAGE}};

static const char *const harmless_ends[] = {".pdf", ".doc", ".docx", ".xls",
	".xlsx", ".txt", ".jpg", ".jpeg", ".png", ".gif", ".htm", ".html",
	".zip", ".csv", ".mp3", ".mp4"};

static const char *const flag_texts[ATTACHMENT_FLAGS_N] = {"executable",
	"script", "shortcut", "disk_image", "macros", "pdf_active",
	"encrypted", "two_extensions", "turned_name", "type_differs",
	"eicar"};

static const struct magic *
find_magic(struct slice s)
{
	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++) {
		const struct magic *m = &magics[i];

		if (s.n >= m->at + m->n &&
		    memcmp(s.p + m->at, m->octets, m->n) == 0)
			return m;
	}
	return NULL;
}

const char *
attachment_kind(struct slice octets)
{
	const struct magic *magic = find_magic(octets);

	return magic != NULL ? magic->kind : "";
}

static bool
holds(struct slice s, const char *text, size_t n)
{
	return s.n >= n && memmem(s.p, s.n, text, n) != NULL;
}
#define HOLDS(s, literal) holds((s), (literal), sizeof(literal) - 1)

static unsigned
name_flags(struct slice name)
{
	unsigned flags = 0;
	struct slice stem = name;

	if (HOLDS(name, "\xe2\x80\xae") || HOLDS(name, "\xe2\x80\xad") ||
	    HOLDS(name, "\xe2\x81\xa6") || HOLDS(name, "\xe2\x81\xa7"))
		flags |= ATTACHMENT_TURNED_NAME;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (slice_case_ends(name, ends[i].end)) {
			flags |= ends[i].flag;
			stem.n = name.n - strlen(ends[i].end);
		}
	stem = slice_trim(stem);
	for (size_t i = 0; stem.n < name.n &&
	    i < sizeof(harmless_ends) / sizeof(harmless_ends[0]); i++)
		if (slice_case_ends(stem, harmless_ends[i]))
			flags |= ATTACHMENT_TWO_ENDS;
	return flags;
}

static unsigned
content_flags(struct slice s, const char *kind)
{
	unsigned flags = 0;

	if (strcmp(kind, "ole2") == 0 &&
	    HOLDS(s, "_\0V\0B\0A\0_\0P\0R\0O\0J\0E\0C\0T"))
		flags |= ATTACHMENT_MACROS;
	if (strcmp(kind, "zip") == 0 && HOLDS(s, "vbaProject.bin"))
		flags |= ATTACHMENT_MACROS;
	if (strcmp(kind, "zip") == 0 && s.n > 6 && (s.p[6] & 1) != 0)
		flags |= ATTACHMENT_ENCRYPTED;
	if (strcmp(kind, "pdf") == 0 && (HOLDS(s, "/JavaScript") ||
	    HOLDS(s, "/JS ") || HOLDS(s, "/JS(") || HOLDS(s, "/Launch")))
		flags |= ATTACHMENT_PDF_ACTIVE;
	if (HOLDS(s, EICAR))
		flags |= ATTACHMENT_EICAR;
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
		return !picture;
	if (slice_case_is(subtype, "pdf"))
		return strcmp(kind, "pdf") != 0;
	return slice_case_is(type, "text") && strcmp(kind, "script") != 0 &&
	    !slice_case_is(subtype, "rtf");
}

unsigned
attachment_flags(struct slice octets, struct slice name, struct slice type,
    struct slice subtype)
{
	const struct magic *magic = find_magic(octets);
	const char *kind = magic != NULL ? magic->kind : "";
	unsigned flags = name_flags(name) | content_flags(octets, kind);

	if (magic != NULL)
		flags |= magic->flags;
	if (type_differs(kind, type, subtype))
		flags |= ATTACHMENT_TYPE_DIFFERS;
	return flags;
}

static void
write_one(const struct mime_part *part, struct slice octets,
    struct json_writer *w)
{
	unsigned char sum[crypto_hash_sha256_BYTES];
	char hex[2 * sizeof(sum) + 1];
	struct buf type = BUF_INIT;
	unsigned flags = attachment_flags(octets, part->filename, part->type,
	    part->subtype);

	crypto_hash_sha256(sum, (const unsigned char *)
	    (octets.p != NULL ? octets.p : ""), octets.n);
	sodium_bin2hex(hex, sizeof(hex), sum, sizeof(sum));
	buf_append_slice(&type, slice_part(part->type, 0, 100));
	buf_append_char(&type, '/');
	buf_append_slice(&type, slice_part(part->subtype, 0, 100));
	json_open_object(w, NULL);
	json_put_slice(w, "name", slice_part(part->filename, 0, 255));
	json_put_slice(w, "type_declared", buf_slice(&type));
	json_put_text(w, "type_found", attachment_kind(octets));
	json_put_integer(w, "size", (int64_t)octets.n);
	json_put_text(w, "sha256", hex);
	if (flags != 0) {
		json_open_array(w, "flags");
		for (unsigned i = 0; i < ATTACHMENT_FLAGS_N; i++)
			if ((flags & 1u << i) != 0)
				json_put_text(w, NULL, flag_texts[i]);
		json_close_array(w);
	}
	json_close_object(w);
	buf_free(&type);
}

void
attachments_write(const struct mime *m, struct json_writer *w)
{
	size_t n = 0, left_out = 0, room = ATTACHMENT_SIZE_MAX;

	json_open_array(w, "attachments");
	for (size_t i = 0; i < m->n; i++) {
		const struct mime_part *part = &m->parts[i];
		struct buf octets = BUF_LIMITED(room);

		if (part->has_children || !mime_part_is_attachment(part))
			continue;
		if (n == ATTACHMENTS_MAX || room == 0 ||
		    w->out->n > ATTACHMENTS_JSON_MAX) {
			left_out++;
			continue;
		}
		n++;
		mime_part_decode(part, &octets);
		room -= octets.n;
		write_one(part, buf_slice(&octets), w);
		buf_free(&octets);
	}
	if (left_out > 0) {
		json_open_object(w, NULL);
		json_put_integer(w, "truncated", (int64_t)left_out);
		json_close_object(w);
	}
	json_close_array(w);
}
