/* SPDX-License-Identifier: ISC */
/*
 * Access logs of web servers, as nginx and Apache have them by default:
 *	ADDRESS IDENT USER [27/Nov/2026:10:11:12 +0000] "REQUEST" 200 5
 *	    "REFERER" "AGENT"
 * The user is the client's word and may hold blanks; its quotes are escaped.
 */
#include <string.h>

#include "ops/scrub_parts.h"

/* `[27/Nov/2026:' */
static bool
is_date(struct slice text, size_t at)
{
	static const char form[] = "[00/Aaa/0000:00:00:00";

	if (text.n - at < sizeof(form) - 1)
		return false;
	for (size_t i = 0; i < sizeof(form) - 1; i++) {
		char c = text.p[at + i];

		if (form[i] == '0'            ? !ascii_is_digit(c)
		    : ascii_is_alpha(form[i]) ? !ascii_is_alpha(c)
					      : c != form[i])
			return false;
	}
	return true;
}

static size_t
find_date(struct slice text)
{
	for (size_t at = 0; at < text.n; at++) {
		const char *p = memchr(text.p + at, '[', text.n - at);

		if (p == NULL)
			break;
		at = (size_t)(p - text.p);
		if (is_date(text, at))
			return at;
	}
	return text.n;
}

/* `ADDRESS IDENT USER ' */
static void
put_head(struct scrub *s, struct slice head, struct buf *out)
{
	struct slice rest = slice_trim(head), part = slice_cut(&rest, ' ');

	scrub_spans(s, part, out);
	buf_append_char(out, ' ');
	part = slice_cut(&rest, ' ');
	scrub_name(s, part, out);
	buf_append_char(out, ' ');
	scrub_name(s, rest, out);
	buf_append_char(out, ' ');
}

static size_t
quote_end(struct slice text, size_t at)
{
	for (; at < text.n && text.p[at] != '"'; at++)
		if (text.p[at] == '\\')
			at++;
	return at < text.n ? at : text.n;
}

bool
scrub_web(struct scrub *s, struct slice text, struct buf *out)
{
	static const enum scrub_kind kinds[] = {
	    SCRUB_REQUEST, SCRUB_URL, SCRUB_AGENT};
	size_t at = find_date(text), n = 0, end;
	struct slice head = slice_trim(slice_part(text, 0, at));

	/* three words or more, and nothing but a time before them */
	if (at == text.n || slice_find(head, ' ') == head.n ||
	    slice_find(head, '"') < head.n)
		return false;
	put_head(s, head, out);
	end = at + slice_find(slice_part(text, at, text.n), ']');
	buf_append_slice(out, slice_part(text, at, end));
	for (at = end; at < text.n; at = end) {
		end = at + slice_find(slice_part(text, at, text.n), '"');
		scrub_text(s, slice_part(text, at, end), out);
		if (end == text.n)
			break;
		at = end + 1;
		end = quote_end(text, at);
		buf_append_char(out, '"');
		scrub_value(s, n < 3 ? kinds[n] : SCRUB_PLAIN,
		    slice_part(text, at, end), out);
		n++;
		if (end < text.n) {
			buf_append_char(out, '"');
			end++;
		}
	}
	return true;
}
