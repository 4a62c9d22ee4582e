/* SPDX-License-Identifier: ISC */
/*
 * A message for human eyes.  What comes from the message reaches the output
 * through render_safe() and link.h alone.
 */
#include "view.h"

#include "base/utf8.h"
#include "content.h"
#include "link.h"
#include "mail/header.h"
#include "mail/html_text.h"
#include "record/render.h"
#include "view_facts.h"

#define FIELD_MAX ((size_t)16 << 10) /* of a field shown */
#define LABEL_WIDTH 10

static void
put_label(struct buf *out, const char *label)
{
	buf_format(out, "%-*s", LABEL_WIDTH, label);
}

static void
put_fields(const struct header *h, struct buf *out)
{
	static const char *const names[] = {"From", "Sender", "Reply-To",
	    "To", "Cc", "Date", "Subject", "List-Id"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct buf text = BUF_INIT;

		if (header_find(h, names[i], 0) == NULL)
			continue;
		header_decoded(h, names[i], &text);
		put_label(out, names[i]);
		link_defang_text(utf8_cut(buf_slice(&text), FIELD_MAX), out);
		buf_append_char(out, '\n');
		buf_free(&text);
	}
}

static const char *
encoding_text(enum encoding encoding)
{
	switch (encoding) {
	case ENCODING_QUOTED_PRINTABLE:
		return " quoted-printable";
	case ENCODING_BASE64:
		return " base64";
	case ENCODING_UUENCODE:
		return " uuencode";
	case ENCODING_UNKNOWN:
		return " unknown-encoding";
	default:
		return "";
	}
}

/* What a file is by its octets and name, where that is worth a word. */
static void
put_found(const struct mime_part *part, struct buf *out)
{
	struct buf octets = BUF_LIMITED(VIEW_SIZE_MAX);
	unsigned flags;

	mime_part_decode(part, &octets);
	flags = content_part_flags(buf_slice(&octets),
	    content_kind(buf_slice(&octets)), part->filename, part->type,
	    part->subtype);
	if (flags != 0) {
		buf_append_char(out, ':');
		content_flags_text(flags, out);
	}
	buf_free(&octets);
}

static void
put_part_line(const struct mime *m, size_t index, struct buf *out)
{
	const struct mime_part *part = &m->parts[index];

	buf_format(out, "part %-4zu %*s", index, 2 * (int)part->depth, "");
	if (part->type.n > 0) {
		render_safe(out, part->type);
		buf_append_char(out, '/');
		render_safe(out, part->subtype);
	} else {
		buf_append_text(out, "(unreadable type)");
	}
	if (part->filename.n > 0) {
		buf_append_text(out, " \"");
		render_safe(out, part->filename);
		buf_append_char(out, '"');
	}
	if (part->charset.n > 0) {
		buf_append_char(out, ' ');
		render_safe(out, part->charset);
	}
	buf_format(out, "%s, %zu octets%s", encoding_text(part->encoding),
	    part->body.n,
	    mime_part_is_attachment(part) ? ", attachment" : "");
	if (!part->has_children && (part->filename.n > 0 ||
	    mime_part_is_attachment(part)))
		put_found(part, out);
	buf_append_char(out, '\n');
}

static void
put_tree(const struct mime *m, struct buf *out)
{
	for (size_t i = 0; i < m->n; i++)
		put_part_line(m, i, out);
	if (m->truncated)
		buf_append_text(out, "part ...  more than is listed\n");
}

/* Where a link leads, with the words that it lies under. */
static void
put_links(const struct html_text *h, struct buf *out)
{
	for (size_t i = 0; i < h->links_n && i < VIEW_LINKS_MAX; i++) {
		const struct html_link *link = &h->links[i];
		struct slice words = utf8_cut(slice_part(buf_slice(&h->text),
		    link->from, link->to), 80);

		buf_format(out, "  <%s> ", link->element);
		link_defang(buf_slice(&link->url), out);
		if (words.n > 0) {
			buf_append_text(out, "  \"");
			link_defang(words, out);
			buf_append_char(out, '"');
		}
		buf_append_char(out, '\n');
	}
	if (h->links_n > VIEW_LINKS_MAX)
		buf_format(out, "  (%zu more links)\n",
		    h->links_n - VIEW_LINKS_MAX);
}

static void
put_text(struct slice text, bool cut, struct buf *out)
{
	link_defang_text(text, out);
	if (text.n > 0 && text.p[text.n - 1] != '\n')
		buf_append_char(out, '\n');
	if (cut)
		buf_append_text(out, "(the rest is left out)\n");
}

/* With `links_only' the words are those of another part. */
static void
put_html(const struct mime_part *part, struct slice html, bool cut,
    bool links_only, struct buf *out)
{
	struct html_text h;

	html_text_parse_part(&h, part, html);
	if (!links_only)
		put_text(buf_slice(&h.text), cut || h.truncated, out);
	if (h.links_n > 0)
		buf_append_text(out, "links of the HTML:\n");
	put_links(&h, out);
	html_text_free(&h);
}

static bool
is_read(const struct mime_part *part)
{
	return mime_part_has_text(part) &&
	    !slice_case_is(part->disposition, "attachment");
}

static void
put_part_text(const struct mime *m, size_t index, bool links_only,
    struct buf *out)
{
	const struct mime_part *part = &m->parts[index];
	struct buf text = BUF_LIMITED(VIEW_TEXT_MAX);
	bool cut = mime_part_text(part, &text) < 0;

	buf_format(out, "\n--- part %zu, ", index);
	render_safe(out, part->type);
	buf_append_char(out, '/');
	render_safe(out, part->subtype);
	if (links_only)
		buf_append_text(out,
		    " (another form of the text above: its links)");
	buf_append_char(out, '\n');
	if (mime_part_is_html(part))
		put_html(part, buf_slice(&text), cut, links_only, out);
	else
		put_text(buf_slice(&text), cut, out);
	buf_free(&text);
}

/* Of the same text in two forms the words of the first are shown. */
static void
put_texts(const struct mime *m, struct buf *out)
{
	int shown_in = -1;

	for (size_t i = 0; i < m->n; i++) {
		const struct mime_part *part = &m->parts[i];
		bool again = part->parent >= 0 && part->parent == shown_in;

		if (!is_read(part) || out->n == out->max)
			continue;
		put_part_text(m, i, again && mime_part_is_html(part), out);
		if (part->parent >= 0 && slice_trim(part->body).n > 0 &&
		    mime_part_is(&m->parts[part->parent], "multipart",
		    "alternative"))
			shown_in = part->parent;
	}
}

int
view_message(const struct record *r, struct buf *out)
{
	struct slice message = buf_slice(&r->body);
	struct header h;
	struct mime m;

	header_parse(&h, message);
	mime_parse(&m, message, NULL);
	put_fields(&h, out);
	view_facts(&r->meta, out);
	put_tree(&m, out);
	put_texts(&m, out);
	mime_free(&m);
	header_free(&h);
	return out->n < out->max ? 0 : -1;
}

int
view_header(const struct record *r, struct buf *out)
{
	struct header h;

	header_parse(&h, buf_slice(&r->body));
	for (size_t i = 0; i < h.n; i++) {
		struct buf text = BUF_INIT;

		header_decode(h.fields[i].value, &text);
		render_safe(out, h.fields[i].name);
		buf_append_text(out, ": ");
		link_defang_text(buf_slice(&text), out);
		buf_append_char(out, '\n');
		buf_free(&text);
	}
	if (h.truncated)
		buf_append_text(out, "(the rest of the header is too long)\n");
	header_free(&h);
	return out->n < out->max ? 0 : -1;
}

int
view_raw(const struct record *r, struct buf *out)
{
	struct slice rest = buf_slice(&r->body);

	while (rest.p != NULL && out->n < out->max) {
		struct slice line = slice_line(&rest);

		render_safe(out, line);
		buf_append_char(out, '\n');
	}
	return out->n < out->max ? 0 : -1;
}

static int
put_part_safe(const struct mime_part *part, struct buf *out, struct err *err)
{
	struct buf text = BUF_LIMITED(VIEW_SIZE_MAX);
	bool cut;

	if (!mime_part_is(part, "text", NULL))
		return err_set(err, ERR_USAGE, "the part is no text: send "
		    "standard output into a file");
	cut = mime_part_text(part, &text) < 0;
	put_text(buf_slice(&text), cut, out);
	buf_free(&text);
	return 0;
}

int
view_part(const struct record *r, int64_t index, bool safe, struct buf *out,
    struct err *err)
{
	struct mime m;
	int result = 0;

	mime_parse(&m, buf_slice(&r->body), NULL);
	if (index < 0 || (size_t)index >= m.n)
		result = err_set(err, ERR_USAGE, "there is no part %lld: the "
		    "message has parts 0 to %zu", (long long)index, m.n - 1);
	else if (safe)
		result = put_part_safe(&m.parts[index], out, err);
	else if (mime_part_decode(&m.parts[index], out) < 0)
		result = err_set(err, ERR_MESSAGE,
		    "part %lld is larger than %zu octets", (long long)index,
		    out->max);
	mime_free(&m);
	return result;
}
