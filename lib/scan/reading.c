/* SPDX-License-Identifier: ISC */
/* The texts of a message, part by part (reading.h). */
#include "reading.h"

void
reading_open(struct reading *r, struct slice message)
{
	*r = (struct reading){.message = message,
	    .text = BUF_LIMITED(READING_TEXT_MAX)};
	header_parse(&r->header, message);
	mime_parse(&r->mime, message, NULL);
}

static void
close_html(struct reading *r)
{
	if (r->is_html)
		html_text_free(&r->html);
	r->is_html = false;
}

void
reading_close(struct reading *r)
{
	close_html(r);
	buf_free(&r->text);
	mime_free(&r->mime);
	header_free(&r->header);
}

/* What a browser opens, whatever type it was sent as. */
static bool
is_html_file(const struct mime_part *part)
{
	static const char *const ends[] = {".htm", ".html", ".shtml", ".svg",
	    ".xht", ".xhtml"};

	if (part->has_children)
		return false;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (slice_case_ends(part->filename, ends[i]))
			return true;
	return mime_part_is(part, "image", "svg+xml") ||
	    mime_part_is_html(part);
}

bool
reading_next(struct reading *r)
{
	close_html(r);
	do {
		if (r->next == r->mime.n || r->parts == READING_PARTS_MAX)
			return false;
		r->part = &r->mime.parts[r->next++];
		r->is_html = is_html_file(r->part);
	} while (!r->is_html && !mime_part_has_text(r->part));
	r->parts++;
	buf_reset(&r->text);
	mime_part_text(r->part, &r->text);
	if (r->is_html)
		html_text_parse_part(&r->html, r->part, buf_slice(&r->text));
	return true;
}
