/* SPDX-License-Identifier: ISC */
/* Views of one record, each made when it is first asked for. */
#include "letter.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mail/html_text.h"
#include "record/edit.h"

static void
read_envelope(struct letter *m)
{
	struct slice to = meta_at(m->meta, "envelope.to"), item;
	struct json_walk walk = json_walk(to);
	size_t n = json_count(to);

	if (json_string(meta_at(m->meta, "envelope.from"), &m->scratch) == 0)
		m->sender = arena_copy(m->arena, buf_slice(&m->scratch));
	m->recipients = arena_take(m->arena, (n + 1) * sizeof(struct slice));
	while (json_next(&walk, NULL, &item) && m->recipients_n < n) {
		struct slice address = json_get(item, "address");
		struct slice plain = json_plain(address);

		if (plain.p == NULL) {
			buf_reset(&m->scratch);
			(void)json_string(address, &m->scratch);
			plain = arena_copy(m->arena, buf_slice(&m->scratch));
		}
		m->recipients[m->recipients_n++] = plain;
	}
}

void
letter_init(struct letter *m, struct meta *meta, struct slice octets,
    struct arena *arena)
{
	*m = (struct letter){.meta = meta, .octets = octets, .arena = arena,
	    .edited = BUF_INIT, .scratch = BUF_INIT};
	read_envelope(m);
}

void
letter_close(struct letter *m)
{
	for (; m->lists != NULL; m->lists = m->lists->next_list) {
		address_list_free(m->lists->addresses);
		free(m->lists->addresses);
	}
	if (m->is_open)
		header_free(&m->parsed);
	if (m->has_mime)
		mime_free(&m->mime);
	buf_free(&m->edited);
	buf_free(&m->scratch);
}

void
letter_free(struct letter *m)
{
	letter_close(m);
	arena_reset(m->arena);
}

/* ---- header ---- */

/* The text of the header as later stages will have it. */
static struct slice
edited_header(struct letter *m)
{
	struct slice ops = meta_get(m->meta, "headers");
	struct err err = ERR_INIT;
	size_t rest;

	if (json_count(ops) == 0 || edit_header(m->octets, ops, SLICE_NONE,
	    &m->edited, &rest, &err) < 0) {
		buf_reset(&m->edited);
		return m->octets;
	}
	buf_append_text(&m->edited, "\r\n");
	return buf_slice(&m->edited);
}

static void
open_header(struct letter *m)
{
	struct slice text = edited_header(m);
	struct letter_field *fields;

	m->is_open = true;
	header_parse(&m->parsed, text);
	m->header.n = m->parsed.n;
	m->header.fields = arena_take(m->arena,
	    m->parsed.n * sizeof(*m->header.fields));
	fields = arena_zeroed(m->arena, m->parsed.n * sizeof(*fields));
	for (size_t i = 0; i < m->parsed.n; i++) {
		fields[i].name = m->parsed.fields[i].name;
		fields[i].raw = m->parsed.fields[i].value;
		m->header.fields[i] = &fields[i];
	}
	m->base = m->header;
}

struct letter_header *
letter_header(struct letter *m)
{
	if (!m->is_open)
		open_header(m);
	return &m->header;
}

static bool
is_plain(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] >= 0x80 || s.p[i] == '\n' ||
		    s.p[i] == '\0' ||
		    (s.p[i] == '=' && i + 1 < s.n && s.p[i + 1] == '?'))
			return false;
	return true;
}

struct slice
field_text(struct letter *m, struct letter_field *f)
{
	if (f->decoded.p != NULL)
		return f->decoded;
	f->decoded = slice_trim(f->raw);
	if (f->decoded.p == NULL)
		f->decoded = SLICE("");
	if (!is_plain(f->decoded)) {
		buf_reset(&m->scratch);
		header_decode(f->raw, &m->scratch);
		f->decoded = arena_copy(m->arena,
		    slice_trim(buf_slice(&m->scratch)));
	}
	return f->decoded;
}

const struct address_list *
field_addresses(struct letter *m, struct letter_field *f)
{
	if (f->addresses == NULL) {
		f->addresses = mem_alloc(sizeof(*f->addresses));
		address_list_parse(f->addresses, f->raw);
		f->next_list = m->lists;
		m->lists = f;
	}
	return f->addresses;
}

/* Room for one more field in an array of our own. */
static struct letter_header *
own_header(struct letter *m)
{
	struct letter_header *h = letter_header(m);
	struct letter_field **old = h->fields;

	if (h->n + 1 <= h->capacity)
		return h;
	h->capacity = h->n * 2 + 8;
	h->fields = arena_take(m->arena, h->capacity * sizeof(*old));
	if (h->n > 0)
		memcpy(h->fields, old, h->n * sizeof(*old));
	return h;
}

void
letter_add_field(struct letter *m, struct slice name, struct slice value,
    bool last)
{
	struct letter_header *h = own_header(m);
	struct letter_field *f = arena_zeroed(m->arena, sizeof(*f));

	f->name = name;
	f->raw = value;
	if (!last)
		memmove(h->fields + 1, h->fields, h->n * sizeof(*h->fields));
	h->fields[last ? h->n : 0] = f;
	h->n++;
}

void
letter_remove_field(struct letter *m, size_t index)
{
	struct letter_header *h = own_header(m);

	memmove(h->fields + index, h->fields + index + 1,
	    (h->n - index - 1) * sizeof(*h->fields));
	h->n--;
}

void
letter_keep_changes(struct letter *m)
{
	m->header.capacity = 0;
	m->base = m->header;
}

void
letter_undo_changes(struct letter *m)
{
	if (m->is_open)
		m->header = m->base;
}

/* ---- body ---- */

struct slice
letter_body(struct letter *m)
{
	struct header h;

	if (!m->has_body) {
		header_parse(&h, m->octets);
		m->body = h.body;
		m->has_body = true;
		header_free(&h);
	}
	return m->body;
}

const struct mime *
letter_mime(struct letter *m)
{
	if (!m->has_mime)
		mime_parse(&m->mime, m->octets, NULL);
	m->has_mime = true;
	return &m->mime;
}

static struct slice
part_text(struct letter *m, const struct mime_part *part)
{
	struct buf text = BUF_LIMITED(LETTER_TEXT_MAX);
	struct html_text html;
	struct slice copy;

	(void)mime_part_text(part, &text);
	if (mime_part_is_html(part)) {
		html_text_parse_part(&html, part, buf_slice(&text));
		copy = arena_copy(m->arena, buf_slice(&html.text));
		html_text_free(&html);
	} else
		copy = arena_copy(m->arena, buf_slice(&text));
	buf_free(&text);
	return copy;
}

size_t
letter_texts(struct letter *m, const struct slice **texts)
{
	const struct mime *mime = letter_mime(m);
	size_t octets = 0;

	if (!m->has_texts)
		m->texts = arena_take(m->arena,
		    (mime->n + 1) * sizeof(*m->texts));
	for (size_t i = 0; i < mime->n && !m->has_texts &&
	     octets < LETTER_TEXTS_MAX; i++) {
		const struct mime_part *part = &mime->parts[i];

		if (part->has_children || (!mime_part_is_html(part) &&
		    !mime_part_is(part, "text", NULL)))
			continue;
		m->texts[m->texts_n] = part_text(m, part);
		octets += m->texts[m->texts_n++].n;
	}
	m->has_texts = true;
	*texts = m->texts;
	return m->texts_n;
}
