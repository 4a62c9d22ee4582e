/* SPDX-License-Identifier: ISC */
/*
 * A message into terms, summary and edited header.  index_message runs in a
 * confined child on hostile octets; index_reply_parse runs where the keys
 * are, on what that child says, and takes it for hostile too.
 */
#include "index_message.h"

#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "mail/digest.h"

/* ---- summary: fe-mailbox(5) ---- */

static void
put_field(struct json_writer *w, const char *name, const struct buf *text)
{
	if (text->n > 0)
		json_put_slice(w, name, buf_slice(text));
}

static void
put_attachments(struct json_writer *w, const struct digest *d)
{
	json_open_array(w, "attachments");
	for (size_t i = 0; i < d->attachments_n; i++) {
		json_open_object(w, NULL);
		put_field(w, "name", &d->attachments[i].name);
		put_field(w, "type", &d->attachments[i].type);
		json_put_integer(w, "octets",
		    (int64_t)d->attachments[i].size);
		json_close_object(w);
	}
	json_close_array(w);
}

static void
write_summary(struct buf *out, const struct digest *d)
{
	struct json_writer w = JSON_WRITER(out);

	json_open_object(&w, NULL);
	put_field(&w, "from", &d->from);
	put_field(&w, "to", &d->to);
	put_field(&w, "cc", &d->cc);
	put_field(&w, "reply_to", &d->reply_to);
	put_field(&w, "subject", &d->subject);
	put_field(&w, "message_id", &d->message_id);
	put_field(&w, "in_reply_to", &d->in_reply_to);
	if (d->date_ms >= 0)
		json_put_integer(&w, "date", d->date_ms);
	put_field(&w, "preview", &d->preview);
	json_put_integer(&w, "parts", (int64_t)d->parts);
	if (d->attachments_n > 0)
		put_attachments(&w, d);
	if (d->truncated)
		json_put_bool(&w, "truncated", true);
	json_close_object(&w);
}

/* ---- the reply ---- */

static void
append_number(struct buf *out, uint64_t n)
{
	buf_append(out, &n, sizeof(n));
}

static void
append_counted(struct buf *out, struct slice text)
{
	append_number(out, text.n);
	buf_append_slice(out, text);
}

static void
append_edit(struct buf *out, struct slice message,
    const struct header_ops *ops)
{
	struct edit_pieces pieces = {NULL, 0};
	bool made = ops->record.n + ops->entry.n > 0 &&
	    edit_pieces_make(&pieces, message, ops, NULL) == 0;

	append_number(out, made ? pieces.n : 0);
	for (size_t i = 0; i < pieces.n; i++) {
		append_number(out, pieces.items[i].kind);
		append_number(out, pieces.items[i].from);
		append_number(out, pieces.items[i].to);
	}
	edit_pieces_free(&pieces);
}

void
index_message(struct slice message, const struct header_ops *ops,
    struct buf *reply)
{
	struct buf summary = BUF_LIMITED(INDEX_SUMMARY_MAX);
	struct digest digest;

	digest_make(&digest, message);
	if (digest.has_attachment)
		terms_add(&digest.terms, "h:", SLICE("attachment"));
	write_summary(&summary, &digest);
	append_counted(reply, buf_slice(&digest.terms.text));
	append_counted(reply, buf_slice(&summary));
	append_edit(reply, message, ops);
	buf_free(&summary);
	digest_free(&digest);
}

static int
take_number(struct slice *rest, uint64_t max, size_t *n)
{
	uint64_t value;

	if (rest->n < sizeof(value))
		return -1;
	memcpy(&value, rest->p, sizeof(value));
	if (value > max)
		return -1;
	*rest = slice_part(*rest, sizeof(value), rest->n);
	*n = (size_t)value;
	return 0;
}

static int
take_counted(struct slice *rest, size_t max, struct slice *out)
{
	size_t n;

	if (take_number(rest, max, &n) < 0 || n > rest->n)
		return -1;
	*out = slice_part(*rest, 0, n);
	*rest = slice_part(*rest, n, rest->n);
	return 0;
}

static int
take_edit(struct slice *rest, size_t size, struct edit_pieces *edit)
{
	size_t n, kind;

	if (take_number(rest, EDIT_PIECES_MAX + 1, &n) < 0)
		return -1;
	if (n == 0)
		return 0;
	edit->items = mem_array(NULL, n, sizeof(*edit->items));
	for (edit->n = 0; edit->n < n; edit->n++) {
		struct edit_piece *piece = &edit->items[edit->n];

		if (take_number(rest, PIECE_LINE_END, &kind) < 0 ||
		    take_number(rest, size, &piece->from) < 0 ||
		    take_number(rest, size, &piece->to) < 0)
			return -1;
		piece->kind = (enum edit_piece_kind)kind;
	}
	return 0;
}

int
index_reply_parse(struct slice reply, size_t size, struct indexed *out)
{
	struct slice terms, summary;

	if (take_counted(&reply, INDEX_TERMS_MAX, &terms) < 0 ||
	    take_counted(&reply, INDEX_SUMMARY_MAX, &summary) < 0 ||
	    take_edit(&reply, size, &out->edit) < 0 || reply.n > 0)
		return -1;
	if (!utf8_is_valid(terms) || json_type(summary) != JSON_OBJECT ||
	    json_check(summary, NULL) < 0)
		return -1;
	buf_reset(&out->terms);
	buf_reset(&out->summary);
	buf_append_slice(&out->terms, terms);
	buf_append_slice(&out->summary, summary);
	return 0;
}

void
indexed_init(struct indexed *out)
{
	*out = (struct indexed){.terms = BUF_LIMITED(INDEX_TERMS_MAX),
	    .summary = BUF_LIMITED(INDEX_SUMMARY_MAX)};
}

void
indexed_free(struct indexed *out)
{
	buf_free(&out->terms);
	buf_free(&out->summary);
	edit_pieces_free(&out->edit);
}
