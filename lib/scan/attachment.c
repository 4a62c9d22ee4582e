/* SPDX-License-Identifier: ISC */
/*
 * Each attachment is decoded once, looked at, and handed as sealed memory to
 * who looks deeper.
 */
#include "attachment.h"

#include <sodium.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/log.h"
#include "base/utf8.h"
#include "content.h"
#include "sealed.h"

#define INNER_MAX 10 /* files of an archive that are named */
#define LARGE ((size_t)1 << 20) /* decoded into sealed memory at once */

/* What was decoded: in a buffer, or mapped from sealed memory. */
struct decoded {
	struct slice octets;
	const char *kind; /* content_kind() */
	struct buf buffer;
	int memory; /* -1: none yet */
};

/* Text that the child found in an archive is no better than the archive. */
static void
put_cut(struct json_writer *w, const char *name, struct slice json, size_t max)
{
	struct buf text = BUF_INIT;

	if (json_string(json, &text) == 0)
		json_put_slice(w, name, utf8_cut(buf_slice(&text), max));
	buf_free(&text);
}

static void
put_number(struct json_writer *w, const char *name, struct slice json)
{
	int64_t value;

	if (json_integer(json, &value) == 0)
		json_put_integer(w, name, value);
}

static void
put_items(struct json_writer *w, struct slice items)
{
	struct json_walk walk = json_walk(items);
	struct slice item;

	if (items.p == NULL)
		return;
	json_open_array(w, "items");
	for (size_t n = 0; n <= INNER_MAX && json_next(&walk, NULL, &item);
	    n++) {
		json_open_object(w, NULL);
		put_cut(w, "name", json_get(item, "name"), 200);
		put_cut(w, "type_found", json_get(item, "type_found"), 20);
		put_number(w, "size", json_get(item, "size"));
		put_number(w, "truncated", json_get(item, "truncated"));
		content_flags_write(content_flags_read(
		    json_get(item, "flags")), w);
		json_close_object(w);
	}
	json_close_array(w);
}

static void
put_archive(struct json_writer *w, struct slice facts)
{
	if (facts.p == NULL)
		return;
	json_open_object(w, "archive");
	put_number(w, "files", json_get(facts, "files"));
	put_number(w, "size", json_get(facts, "size"));
	put_number(w, "depth", json_get(facts, "depth"));
	put_cut(w, "limit", json_get(facts, "limit"), 20);
	put_items(w, json_get(facts, "items"));
	json_close_object(w);
}

static void
write_one(const struct mime_part *part, const struct decoded *d,
    unsigned flags, struct slice archive, struct json_writer *w)
{
	struct slice octets = d->octets;
	unsigned char sum[crypto_hash_sha256_BYTES];
	char hex[2 * sizeof(sum) + 1];
	struct buf type = BUF_INIT;

	crypto_hash_sha256(sum, (const unsigned char *)
	    (octets.p != NULL ? octets.p : ""), octets.n);
	sodium_bin2hex(hex, sizeof(hex), sum, sizeof(sum));
	buf_append_slice(&type, slice_part(part->type, 0, 100));
	buf_append_char(&type, '/');
	buf_append_slice(&type, slice_part(part->subtype, 0, 100));
	json_open_object(w, NULL);
	json_put_slice(w, "name", slice_part(part->filename, 0, 255));
	json_put_slice(w, "type_declared", buf_slice(&type));
	json_put_text(w, "type_found", d->kind);
	json_put_integer(w, "size", (int64_t)octets.n);
	json_put_text(w, "sha256", hex);
	content_flags_write(flags, w);
	put_archive(w, archive);
	json_close_object(w);
	buf_free(&type);
}

/* A large part is never there twice, whoever looks at it. */
static void
decode(struct decoded *d, const struct mime_part *part, size_t room)
{
	struct err err = ERR_INIT;
	int fd = -1;

	*d = (struct decoded){.buffer = BUF_LIMITED(room), .memory = -1};
	if (part->body.n >= LARGE)
		fd = sealed_begin(&d->buffer,
		    part->body.n < room ? part->body.n : room, &err);
	mime_part_decode(part, &d->buffer);
	d->octets = buf_slice(&d->buffer);
	if (fd < 0)
		return;
	d->octets = SLICE_NONE;
	d->memory = sealed_end(fd, &d->buffer, &d->octets, &err);
	if (d->memory < 0)
		log_warning("an attachment is not looked at: %s", err.text);
}

static void
decoded_free(struct decoded *d)
{
	if (d->buffer.p == NULL && d->octets.n > 0)
		munmap((void *)(uintptr_t)d->octets.p, d->octets.n);
	buf_free(&d->buffer);
}

/* Sealed memory for those who look deeper. */
static void
hand_out(struct attachment_tools *tools, struct decoded *d, unsigned *flags,
    struct slice *archive)
{
	bool unpack = tools->unpacker != NULL &&
	    content_is_archive(d->kind);
	struct err err = ERR_INIT;

	*archive = SLICE_NONE;
	if (d->memory < 0 && (unpack || virus_wants_attachments(tools->virus)))
		d->memory = sealed_make(d->octets, &err);
	if (unpack && d->memory >= 0)
		*archive = unpacker_look(tools->unpacker, d->memory,
		    tools->until_ms);
	if (unpack)
		*flags |= archive->p == NULL ? CONTENT_UNREAD :
		    content_flags_read(json_get(*archive, "flags"));
}

/* A name, or a type that is no text, makes a file of it for somebody. */
static bool
is_file(const struct mime_part *part)
{
	return !part->has_children && (mime_part_is_attachment(part) ||
	    part->filename.n > 0 || (!mime_part_is(part, "text", NULL) &&
	    !mime_part_is(part, "message", NULL)));
}

/* clamd comes last: others may run while it is waited for, and theirs are the
 * next answers of the child. */
static bool
look_at(const struct mime_part *part, struct attachment_tools *tools,
    size_t *room, struct json_writer *w)
{
	struct decoded d;
	struct slice archive;
	unsigned flags;
	bool listed;

	decode(&d, part, *room);
	d.kind = content_kind(d.octets);
	*room -= d.octets.n;
	flags = content_part_flags(d.octets, d.kind, part->filename,
	    part->type, part->subtype);
	if (part->body.n >= LARGE && d.octets.p == NULL)
		flags |= CONTENT_UNREAD;
	hand_out(tools, &d, &flags, &archive);
	if ((flags & CONTENT_EICAR) != 0)
		virus_found_eicar(tools->virus, part->filename);
	listed = flags != 0 || mime_part_is_attachment(part);
	if (listed)
		write_one(part, &d, flags, archive, w);
	decoded_free(&d);
	if (d.memory >= 0 && virus_wants_attachments(tools->virus))
		virus_give(tools->virus, d.memory, part->filename);
	else if (d.memory >= 0)
		close(d.memory);
	return listed;
}

void
attachments_write(const struct mime *m, struct attachment_tools *tools,
    struct json_writer *w)
{
	size_t n = 0, left_out = 0, room = ATTACHMENT_SIZE_MAX;

	json_open_array(w, "attachments");
	for (size_t i = 0; i < m->n; i++) {
		const struct mime_part *part = &m->parts[i];

		if (!is_file(part))
			continue;
		if (n == ATTACHMENTS_MAX || room == 0 ||
		    w->out->n > ATTACHMENTS_JSON_MAX)
			left_out++;
		else
			n += look_at(part, tools, &room, w);
	}
	if (left_out > 0) {
		json_open_object(w, NULL);
		json_put_integer(w, "truncated", (int64_t)left_out);
		json_close_object(w);
	}
	json_close_array(w);
}
