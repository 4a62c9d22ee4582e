/* SPDX-License-Identifier: ISC */
/*
 * Where a message was found, as a member of its record, and the id that
 * follows from it.
 */
#include "record/source.h"

#include <sodium.h>

#include "base/clock.h"
#include "base/id.h"

static const char *const kinds[] = {[SOURCE_FILE] = "file",
    [SOURCE_MAILDIR] = "maildir", [SOURCE_MBOX] = "mbox",
    [SOURCE_MAILBOX] = "mailbox"};

static void
put_flags(struct json_writer *w, struct slice flags)
{
	json_open_array(w, "flags");
	while (flags.p != NULL) {
		struct slice flag = slice_cut(&flags, ' ');

		if (flag.n > 0)
			json_put_slice(w, NULL, flag);
	}
	json_close_array(w);
}

void
source_set(struct record *r, const struct source *source)
{
	struct buf out = BUF_INIT;
	struct json_writer w = JSON_WRITER(&out);
	char date[CLOCK_TEXT_SIZE];

	json_open_object(&w, NULL);
	json_put_text(&w, "kind", kinds[source->kind]);
	if (source->path.p != NULL)
		json_put_slice(&w, "path", source->path);
	if (source->folder.p != NULL)
		json_put_slice(&w, "folder", source->folder);
	if (source->flags.p != NULL)
		put_flags(&w, source->flags);
	if (source->date_ms >= 0)
		json_put_text(&w, "date", clock_rfc3339(source->date_ms, date));
	if (source->label.p != NULL)
		json_put_slice(&w, "label", source->label);
	if (source->lines.p != NULL)
		json_put_raw(&w, "lines", source->lines);
	json_close_object(&w);
	meta_set(&r->meta, "source", buf_slice(&out));
	buf_free(&out);
}

/* The text has room for all strings of the member, so none moves. */
static struct slice
take_string(struct slice value, struct buf *text)
{
	size_t from = text->n;

	if (json_string(value, text) < 0)
		return SLICE_NONE;
	return slice_of(text->p + from, text->n - from);
}

static struct slice
take_flags(struct slice value, struct buf *text)
{
	struct json_walk walk = json_walk(value);
	size_t from = text->n;
	struct slice flag;

	if (value.p == NULL)
		return SLICE_NONE;
	while (json_next(&walk, NULL, &flag)) {
		if (text->n > from)
			buf_append_char(text, ' ');
		json_string(flag, text);
	}
	return slice_of(text->p + from, text->n - from);
}

int
source_get(struct slice member, struct source *source, struct buf *text)
{
	struct slice kind = json_get(member, "kind");

	*source = (struct source){.kind = SOURCE_FILE, .date_ms = -1};
	if (json_type(member) != JSON_OBJECT)
		return -1;
	buf_reserve(text, member.n);
	for (int i = SOURCE_FILE; i <= SOURCE_MAILBOX; i++)
		if (json_string_is(kind, kinds[i]))
			source->kind = (enum source_kind)i;
	source->path = take_string(json_get(member, "path"), text);
	source->folder = take_string(json_get(member, "folder"), text);
	source->flags = take_flags(json_get(member, "flags"), text);
	source->label = take_string(json_get(member, "label"), text);
	source->lines = json_get(member, "lines");
	clock_parse(json_plain(json_get(member, "date")), &source->date_ms);
	return 0;
}

void
source_id(
    int64_t date_ms, struct slice folder, struct slice octets, char out[27])
{
	unsigned char hash[crypto_generichash_BYTES_MIN];
	crypto_generichash_state state;
	unsigned char end = 0;

	crypto_generichash_init(&state, NULL, 0, sizeof(hash));
	crypto_generichash_update(
	    &state, (const unsigned char *)folder.p, folder.n);
	crypto_generichash_update(&state, &end, 1);
	crypto_generichash_update(
	    &state, (const unsigned char *)octets.p, octets.n);
	crypto_generichash_final(&state, hash, sizeof(hash));
	if (date_ms < 0 || date_ms >= (int64_t)1 << 48)
		date_ms = 0;
	id_from(date_ms, hash, out);
}
