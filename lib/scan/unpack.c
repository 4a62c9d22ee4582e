/* SPDX-License-Identifier: ISC */
/*
 * Walks archives.  All limits are over all levels together, so that nesting
 * buys a bomb nothing.  Filters of libarchive that would start a program are
 * not switched on.
 */
#include "unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "content.h"
#include "mail/mime.h"
#include "rar.h"
#include "tnef.h"

struct unpack {
	const struct unpack_limits *limits;
	struct unpack_result *result;
	uint64_t packed; /* octets of the outermost */
	int64_t until_ms;
};

static bool
is_over(struct unpack *u)
{
	struct unpack_result *r = u->result;

	if (r->limit != NULL)
		return true;
	if (r->files > (uint64_t)u->limits->files_max)
		r->limit = "files";
	else if (r->size > (uint64_t)u->limits->size_max)
		r->limit = "size";
	else if (r->size > UNPACK_RATIO_FREE &&
	    r->size / (u->packed + 1) >= (uint64_t)u->limits->ratio_max)
		r->limit = "ratio";
	else if (clock_monotonic_ms() >= u->until_ms)
		r->limit = "time";
	if (r->limit != NULL)
		r->flags |= CONTENT_BOMB;
	return r->limit != NULL;
}

/* Goes on behind what is kept, since only so a bomb shows. */
static int
read_data(struct unpack *u, struct archive *a, struct buf *out,
    uint64_t *size)
{
	const void *block;
	size_t n;
	la_int64_t offset;
	int got;

	*size = 0;
	while ((got = archive_read_data_block(a, &block, &n, &offset)) ==
	    ARCHIVE_OK || got == ARCHIVE_WARN) {
		size_t room = out->max - out->n;

		buf_append(out, block, n < room ? n : room);
		*size += n;
		u->result->size += n;
		if (is_over(u))
			return -1;
	}
	return got == ARCHIVE_EOF ? 0 : -1;
}

static struct slice
entry_name(struct archive_entry *e)
{
	const char *name = archive_entry_pathname_utf8(e);

	return slice_text(name != NULL ? name : archive_entry_pathname(e));
}

static void
make_name(struct slice name, const char *before, struct buf *out)
{
	struct buf clean = BUF_INIT;

	utf8_append_clean(&clean, slice_part(name, 0, UNPACK_NAME_MAX));
	buf_append_text(out, before);
	if (before[0] != '\0')
		buf_append_char(out, '/');
	buf_append_slice(out, utf8_cut(buf_slice(&clean), out->max - out->n));
	buf_free(&clean);
}

static void
note(struct unpack_result *r, const char *name, const char *kind,
    uint64_t size, unsigned flags)
{
	struct unpack_item *item = &r->items[r->n];

	r->flags |= flags;
	if (flags == 0)
		return;
	if (r->n == UNPACK_ITEMS_MAX) {
		r->left_out++;
		return;
	}
	r->n++;
	*item = (struct unpack_item){.kind = kind, .size = size,
	    .flags = flags};
	strncpy(item->name, name, UNPACK_NAME_MAX);
}

/* Of the parts of an OOXML document those that are fetched from elsewhere as it
 * is opened: a template, an object, a frame.  Links are no such. */
static unsigned
relation_flags(struct slice octets, struct slice name)
{
	static const char *const fetched[] = {"/attachedTemplate\"",
	    "/oleObject\"", "/frame\"", "/subDocument\"", "\"mhtml:"};
	struct slice rest = octets;

	if (!slice_case_ends(name, ".rels"))
		return 0;
	while (rest.p != NULL) {
		struct slice tag = slice_cut(&rest, '>');

		if (slice_find_text(tag, SLICE("\"External\"")) == tag.n)
			continue;
		for (size_t i = 0; i < sizeof(fetched) / sizeof(fetched[0]);
		    i++)
			if (slice_find_text(tag, slice_text(fetched[i])) <
			    tag.n)
				return CONTENT_EXTERNAL;
	}
	return 0;
}

static void walk(struct unpack *u, struct slice octets, unsigned depth,
    bool in_document, const char *name);

/* One file, of that size as far as it was unpacked, and what is in it. */
static void
look_at(struct unpack *u, struct slice octets, uint64_t size, unsigned flags,
    unsigned depth, bool in_document, const struct buf *name)
{
	const char *kind = content_kind(octets);

	flags |= content_flags(octets, kind, buf_slice(name));
	if (in_document)
		flags |= relation_flags(octets, buf_slice(name));
	if (!in_document && content_is_plain_archive(kind))
		flags |= CONTENT_NESTED;
	note(u->result, buf_text(name), kind, size, flags);
	if (content_is_archive(kind) && !is_over(u))
		walk(u, octets, depth + 1, !content_is_plain_archive(kind),
		    buf_text(name));
}

static void
read_file(struct unpack *u, struct archive *a, struct archive_entry *e,
    unsigned depth, bool in_document, const char *before)
{
	struct buf octets = BUF_LIMITED(UNPACK_KEEP);
	struct buf name = BUF_LIMITED(UNPACK_NAME_MAX);
	unsigned flags = 0;
	uint64_t size = 0;

	make_name(entry_name(e), before, &name);
	if (archive_entry_is_encrypted(e))
		flags |= CONTENT_ENCRYPTED;
	else if (read_data(u, a, &octets, &size) < 0 &&
	    u->result->limit == NULL)
		flags |= CONTENT_DAMAGED;
	look_at(u, buf_slice(&octets), size, flags, depth, in_document,
	    &name);
	buf_free(&name);
	buf_free(&octets);
}

/* A file that needs no unpacking; true while no limit is reached. */
static bool
take_file(struct unpack *u, struct slice octets, unsigned depth,
    struct slice name, const char *before)
{
	struct buf path = BUF_LIMITED(UNPACK_NAME_MAX);

	u->result->files++;
	u->result->size += octets.n;
	if (!is_over(u)) {
		make_name(name, before, &path);
		look_at(u, octets, octets.n, 0, depth, true, &path);
		buf_free(&path);
	}
	return !is_over(u);
}

/* What is attached to a message that is itself a file. */
static void
walk_message(struct unpack *u, struct slice octets, unsigned depth,
    const char *before)
{
	bool goes_on = true;
	struct mime m;

	mime_parse(&m, octets, NULL);
	for (size_t i = 0; i < m.n && goes_on; i++) {
		struct buf file = BUF_LIMITED(UNPACK_KEEP);

		if (m.parts[i].has_children || (m.parts[i].filename.n == 0 &&
		    !mime_part_is_attachment(&m.parts[i])))
			continue;
		mime_part_decode(&m.parts[i], &file);
		goes_on = take_file(u, buf_slice(&file), depth,
		    m.parts[i].filename, before);
		buf_free(&file);
	}
	mime_free(&m);
}

static void
walk_tnef(struct unpack *u, struct slice octets, unsigned depth,
    const char *before)
{
	struct tnef_file file;
	bool goes_on = true;
	struct tnef t;

	tnef_open(&t, octets);
	while (goes_on && tnef_next(&t, &file)) {
		goes_on = take_file(u, file.data, depth,
		    buf_slice(&file.name), before);
		buf_free(&file.name);
	}
	if (t.damaged)
		u->result->flags |= CONTENT_DAMAGED;
}

static void
switch_on(struct archive *a)
{
	archive_read_support_filter_gzip(a);
	archive_read_support_filter_bzip2(a);
	archive_read_support_filter_xz(a);
	archive_read_support_filter_lzma(a);
	archive_read_support_filter_lzip(a);
	archive_read_support_filter_zstd(a);
	archive_read_support_filter_compress(a);
	archive_read_support_format_zip(a);
	archive_read_support_format_7zip(a);
	archive_read_support_format_rar(a);
	archive_read_support_format_rar5(a);
	archive_read_support_format_cab(a);
	archive_read_support_format_lha(a);
	archive_read_support_format_tar(a);
	archive_read_support_format_cpio(a);
	archive_read_support_format_ar(a);
	archive_read_support_format_iso9660(a);
	archive_read_support_format_raw(a); /* one compressed file */
}

/* A file that cannot be gone on from: how it ended tells. */
static unsigned
ending(struct archive *a, int got, struct slice octets)
{
	if (archive_read_has_encrypted_entries(a) > 0 ||
	    rar_flags(octets) != 0)
		return CONTENT_ENCRYPTED;
	return got == ARCHIVE_EOF ? 0 : CONTENT_DAMAGED;
}

static void
walk_archive(struct unpack *u, struct slice octets, unsigned depth,
    bool in_document, const char *name)
{
	struct unpack_result *r = u->result;
	struct archive *a = archive_read_new();
	struct archive_entry *e;
	int got = ARCHIVE_FATAL;

	if (a == NULL)
		return;
	switch_on(a);
	if (archive_read_open_memory(a, octets.p, octets.n) == ARCHIVE_OK)
		while (!is_over(u) && ((got = archive_read_next_header(a,
		    &e)) == ARCHIVE_OK || got == ARCHIVE_WARN)) {
			/* no archive that is known: it would hold itself */
			if (archive_format(a) == ARCHIVE_FORMAT_RAW &&
			    archive_filter_count(a) < 2) {
				got = ARCHIVE_FATAL;
				break;
			}
			r->files++;
			if (archive_entry_filetype(e) == AE_IFREG ||
			    archive_entry_filetype(e) == 0)
				read_file(u, a, e, depth, in_document, name);
		}
	if (r->limit == NULL)
		r->flags |= ending(a, got, octets);
	archive_read_free(a);
}

static void
walk(struct unpack *u, struct slice octets, unsigned depth, bool in_document,
    const char *name)
{
	const char *kind = content_kind(octets);

	if (depth > u->limits->depth_max) {
		u->result->limit = "depth";
		u->result->flags |= CONTENT_BOMB;
		return;
	}
	if (depth > u->result->depth)
		u->result->depth = depth;
	if (strcmp(kind, "eml") == 0)
		walk_message(u, octets, depth, name);
	else if (strcmp(kind, "tnef") == 0)
		walk_tnef(u, octets, depth, name);
	else
		walk_archive(u, octets, depth, in_document, name);
}

void
unpack_look(struct slice octets, const struct unpack_limits *limits,
    struct unpack_result *result)
{
	struct unpack u = {limits, result, octets.n,
	    clock_monotonic_ms() + limits->time_max_ms};

	const char *kind = content_kind(octets);

	*result = (struct unpack_result){.flags = 0};
	walk(&u, octets, 1, !content_is_plain_archive(kind), "");
}

static void
write_item(const struct unpack_item *item, struct json_writer *w)
{
	json_open_object(w, NULL);
	json_put_text(w, "name", item->name);
	json_put_text(w, "type_found", item->kind);
	json_put_integer(w, "size", (int64_t)item->size);
	content_flags_write(item->flags, w);
	json_close_object(w);
}

void
unpack_write(const struct unpack_result *r, struct buf *out)
{
	struct json_writer w = JSON_WRITER(out);

	json_open_object(&w, NULL);
	json_put_integer(&w, "files", (int64_t)r->files);
	json_put_integer(&w, "size", (int64_t)r->size);
	json_put_integer(&w, "depth", r->depth);
	if (r->limit != NULL)
		json_put_text(&w, "limit", r->limit);
	content_flags_write(r->flags, &w);
	if (r->n > 0) {
		json_open_array(&w, "items");
		for (size_t i = 0; i < r->n; i++)
			write_item(&r->items[i], &w);
		if (r->left_out > 0) {
			json_open_object(&w, NULL);
			json_put_integer(&w, "truncated",
			    (int64_t)r->left_out);
			json_close_object(&w);
		}
		json_close_array(&w);
	}
	json_close_object(&w);
}
