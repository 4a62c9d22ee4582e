/* SPDX-License-Identifier: ISC */
/*
 * The digest of a message.  Reads hostile octets; every list, text and loop
 * here and below has a limit, and the clock is looked at between parts.
 */
#include "digest.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "mail/address.h"
#include "mail/date.h"
#include "mail/header.h"
#include "mail/html_text.h"
#include "mail/message_id.h"
#include "mail/mime.h"

static void
append_cut(struct buf *out, struct slice s)
{
	buf_append_slice(out, utf8_cut(s, out->max - out->n));
}

/* `Name <local@domain>' or the one of the two that there is. */
static void
append_address(struct buf *out, const struct address *address)
{
	struct slice name = buf_slice(&address->name);
	struct slice text = buf_slice(&address->text);

	if (out->n > 0)
		append_cut(out, SLICE(", "));
	append_cut(out, name);
	if (name.n > 0 && text.n > 0)
		append_cut(out, SLICE(" <"));
	append_cut(out, text);
	if (name.n > 0 && text.n > 0)
		append_cut(out, SLICE(">"));
}

/* Every field of that name: text for people, terms with and without prefix. */
static void
read_addresses(struct digest *d, const struct header *h, const char *name,
    const char *prefix, struct buf *out)
{
	const struct header_field *field;

	for (size_t i = 0; (field = header_find(h, name, i)) != NULL &&
	    i < 10; i++) {
		struct address_list list;

		address_list_parse(&list, field->value);
		d->truncated = d->truncated || list.truncated;
		for (size_t k = 0; k < list.n; k++) {
			const struct address *a = &list.items[k];

			if (out != NULL)
				append_address(out, a);
			if (prefix == NULL)
				continue;
			terms_add(&d->terms, prefix, buf_slice(&a->name));
			terms_add(&d->terms, prefix, buf_slice(&a->text));
			terms_add(&d->terms, "", buf_slice(&a->name));
			terms_add(&d->terms, "", buf_slice(&a->text));
		}
		address_list_free(&list);
	}
}

static void
read_subject(struct digest *d, const struct header *h)
{
	struct buf subject = BUF_INIT;

	header_decoded(h, "subject", &subject);
	append_cut(&d->subject, buf_slice(&subject));
	terms_add(&d->terms, "s:", buf_slice(&subject));
	terms_add(&d->terms, "", buf_slice(&subject));
	buf_free(&subject);
}

static void
read_id(const struct header *h, const char *name, struct buf *out)
{
	const struct header_field *field = header_find(h, name, 0);
	struct slice rest, id;

	if (field == NULL)
		return;
	rest = field->value;
	if (message_id_next(&rest, &id))
		utf8_append_clean(out, slice_part(id, 0, out->max));
}

static void
read_header(struct digest *d, const struct header *h)
{
	const struct header_field *date = header_find(h, "date", 0);

	if (date == NULL || date_parse(date->value, &d->date_ms) < 0)
		d->date_ms = -1;
	read_subject(d, h);
	read_addresses(d, h, "from", "f:", &d->from);
	read_addresses(d, h, "to", "t:", &d->to);
	read_addresses(d, h, "cc", "c:", &d->cc);
	read_addresses(d, h, "bcc", "t:", NULL);
	read_addresses(d, h, "reply-to", NULL, &d->reply_to);
	read_id(h, "message-id", &d->message_id);
	read_id(h, "in-reply-to", &d->in_reply_to);
}

static void
add_preview(struct digest *d, struct slice text)
{
	bool blank = d->preview.n > 0;

	while (text.n > 0 && d->preview.n < d->preview.max) {
		uint32_t code;
		bool valid;
		size_t n = utf8_next(text, &code, &valid);

		if (code <= ' ' || code == 0xa0) {
			blank = d->preview.n > 0;
		} else {
			if (blank && buf_append_char(&d->preview, ' ') < 0)
				return;
			blank = false;
			if (utf8_append(&d->preview, code) < 0)
				return;
		}
		text = slice_part(text, n, text.n);
	}
}

/* The text of a part, at most *left octets of it. */
static void
read_text(struct digest *d, const struct mime_part *part, size_t *left)
{
	struct buf text = BUF_LIMITED(
	    *left < DIGEST_PART_MAX ? *left : DIGEST_PART_MAX);

	if (mime_part_text(part, &text) < 0)
		d->truncated = true;
	*left -= text.n;
	if (mime_part_is_html(part)) {
		struct html_text html;

		html_text_parse_part(&html, part, buf_slice(&text));
		d->truncated = d->truncated || html.truncated;
		terms_add(&d->terms, "", buf_slice(&html.text));
		add_preview(d, buf_slice(&html.text));
		html_text_free(&html);
	} else {
		terms_add(&d->terms, "", buf_slice(&text));
		add_preview(d, buf_slice(&text));
	}
	buf_free(&text);
}

/* Has the message inside an attached message a subject, that is its name. */
static void
attachment_name(const struct mime_part *part, struct buf *out)
{
	struct header inner;

	if (part->filename.n > 0 || !mime_part_is(part, "message", NULL)) {
		append_cut(out, part->filename);
		return;
	}
	header_parse(&inner, slice_part(part->body, 0, HEADER_SIZE_MAX));
	header_decoded(&inner, "subject", out);
	header_free(&inner);
}

static void
add_attachment(struct digest *d, const struct mime_part *part)
{
	struct digest_attachment *a;
	struct buf name = BUF_LIMITED(DIGEST_NAME_MAX);

	d->has_attachment = true;
	if (d->attachments_n == DIGEST_ATTACHMENTS_MAX) {
		d->truncated = true;
		return;
	}
	attachment_name(part, &name);
	terms_add(&d->terms, "", buf_slice(&name));
	if (d->attachments == NULL)
		d->attachments = mem_array(NULL, DIGEST_ATTACHMENTS_MAX,
		    sizeof(*d->attachments));
	a = &d->attachments[d->attachments_n++];
	a->name = name;
	a->type = (struct buf)BUF_LIMITED(DIGEST_NAME_MAX);
	a->size = part->body.n;
	utf8_append_clean(&a->type, part->type);
	if (part->subtype.n > 0) {
		buf_append_char(&a->type, '/');
		utf8_append_clean(&a->type, part->subtype);
	}
}

static void
read_parts(struct digest *d, struct slice message)
{
	int64_t stop = clock_monotonic_ms() + DIGEST_MS_MAX;
	size_t left = DIGEST_TEXT_MAX;
	struct mime m;

	mime_parse(&m, message, NULL);
	d->parts = m.n;
	d->truncated = d->truncated || m.truncated;
	for (size_t i = 0; i < m.n; i++) {
		const struct mime_part *part = &m.parts[i];

		if (mime_part_is_attachment(part))
			add_attachment(d, part);
		if (!mime_part_has_text(part))
			continue;
		if (left == 0 || clock_monotonic_ms() > stop)
			d->truncated = true;
		else
			read_text(d, part, &left);
	}
	mime_free(&m);
}

void
digest_make(struct digest *d, struct slice message)
{
	static const struct buf field = BUF_LIMITED(DIGEST_FIELD_MAX);
	struct header h;

	*d = (struct digest){.subject = field, .from = field, .to = field,
	    .cc = field, .reply_to = field, .message_id = field,
	    .in_reply_to = field, .preview = BUF_LIMITED(DIGEST_PREVIEW_MAX),
	    .size = (int64_t)message.n};
	terms_init(&d->terms);
	header_parse(&h, message);
	d->truncated = h.truncated;
	read_header(d, &h);
	header_free(&h);
	read_parts(d, message);
	d->truncated = d->truncated || d->terms.truncated;
}

void
digest_free(struct digest *d)
{
	struct buf *fields[] = {&d->subject, &d->from, &d->to, &d->cc,
	    &d->reply_to, &d->message_id, &d->in_reply_to, &d->preview};

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		buf_free(fields[i]);
	for (size_t i = 0; i < d->attachments_n; i++) {
		buf_free(&d->attachments[i].name);
		buf_free(&d->attachments[i].type);
	}
	free(d->attachments);
	d->attachments = NULL;
	d->attachments_n = 0;
	terms_free(&d->terms);
}
