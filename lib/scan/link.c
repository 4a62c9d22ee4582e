/* SPDX-License-Identifier: ISC */
/*
 * URLs in running text.  The text is hostile: each octet is looked at once,
 * and a few before each `://' a second time.
 */
#include "link.h"

#include "record/render.h"

#define SCHEME_MAX 12 /* letters before `://' */

/* What stands behind a link in the scripts that put no blank there, quotation
 * marks, and the blank that is not broken. */
static bool
is_mark_behind(struct slice s)
{
	static const char *const marks[] = {"\xc2\xa0", "\xc2\xbb",
	    "\xe2\x80\x99", "\xe2\x80\x9c", "\xe2\x80\x9d",
	    "\xe3\x80\x80", "\xe3\x80\x81", "\xe3\x80\x8b",
	    "\xe3\x80\x8d", "\xe3\x80\x8f", "\xe3\x80\x91",
	    "\xef\xbc\x81", "\xef\xbc\x89", "\xef\xbc\x8c",
	    "\xef\xbc\x9b", "\xef\xbc\x9f"};

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (slice_starts(s, marks[i]))
			return true;
	return false;
}

/* A full stop of another script ends a link unless a name goes on. */
static bool
is_stop_behind(struct slice s)
{
	struct slice rest = slice_part(s, 3, s.n);

	return slice_starts(s, "\xe3\x80\x82") &&
	    (rest.n == 0 || !ascii_is_alnum(rest.p[0]));
}

static bool
ends_link(struct slice s)
{
	unsigned char c = (unsigned char)s.p[0];

	return c <= 0x20 || c == 0x7f || c == '<' || c == '>' || c == '"' ||
	    c == '`' ||
	    (c >= 0xc2 && (is_mark_behind(s) || is_stop_behind(s)));
}

/* Punctuation that belongs to the sentence, not to the URL. */
static size_t
trimmed(struct slice url)
{
	size_t open = 0, close = 0;

	for (size_t i = 0; i < url.n; i++) {
		open += url.p[i] == '(';
		close += url.p[i] == ')';
	}
	while (url.n > 0) {
		char c = url.p[url.n - 1];

		if (c == ')' && close > open)
			close--;
		else if (c != '.' && c != ',' && c != ';' && c != ':' &&
		    c != '!' && c != '?' && c != '\'' && c != ']' &&
		    c != '}' && c != '*')
			break;
		url.n--;
	}
	return url.n;
}

/* Where the scheme before the colon at `at' begins, or `at'. */
static size_t
scheme_start(struct slice s, size_t at)
{
	size_t from = at;

	while (from > 0 && at - from < SCHEME_MAX &&
	    (ascii_is_alnum(s.p[from - 1]) || s.p[from - 1] == '+'))
		from--;
	while (from < at && !ascii_is_alpha(s.p[from]))
		from++;
	return from;
}

static bool
is_www(struct slice s, size_t at)
{
	return slice_case_starts(slice_part(s, at, s.n), "www.") &&
	    at + 4 < s.n && ascii_is_alnum(s.p[at + 4]) &&
	    (at == 0 || (!ascii_is_alnum(s.p[at - 1]) &&
	    s.p[at - 1] != '.' && s.p[at - 1] != '@' && s.p[at - 1] != '-'));
}

/* From `from', with at least `least' octets before its end. */
static bool
take(struct slice *rest, size_t from, size_t least, struct slice *url)
{
	size_t end = from + least;

	while (end < rest->n && end - from < LINK_SIZE_MAX &&
	    !ends_link(slice_part(*rest, end, rest->n)))
		end++;
	*url = slice_part(*rest, from, end);
	url->n = trimmed(*url);
	if (url->n <= least)
		return false;
	*rest = slice_part(*rest, from + url->n, rest->n);
	return true;
}

bool
link_next(struct slice *rest, struct slice *url)
{
	/* what a link can be told by */
	static const bool tells[256] = {[':'] = true, ['w'] = true,
	    ['W'] = true};
	struct slice s = *rest;

	for (size_t i = 0; i < s.n; i++) {
		if (!tells[(unsigned char)s.p[i]])
			continue;
		if (s.p[i] == ':' && i + 3 < s.n && s.p[i + 1] == '/' &&
		    s.p[i + 2] == '/') {
			size_t from = scheme_start(s, i);

			if (from < i && take(rest, from, i - from + 3, url))
				return true;
		} else if (s.p[i] != ':' && is_www(s, i) &&
		    take(rest, i, 4, url)) {
			return true;
		}
	}
	*rest = SLICE_NONE;
	return false;
}

/* Dots of a host, and every colon before slashes. */
static void
put_host(struct slice host, struct buf *out)
{
	while (host.n > 0) {
		size_t n = slice_find(host, '.');

		render_safe(out, slice_part(host, 0, n));
		if (n == host.n)
			return;
		buf_append_text(out, "[.]");
		host = slice_part(host, n + 1, host.n);
	}
}

static void
put_path(struct slice path, struct buf *out)
{
	while (path.n > 0) {
		size_t n = slice_find_text(path, SLICE("://"));

		render_safe(out, slice_part(path, 0, n));
		if (n == path.n)
			return;
		buf_append_text(out, "[:]//");
		path = slice_part(path, n + 3, path.n);
	}
}

void
link_defang(struct slice url, struct buf *out)
{
	size_t colon = slice_find(url, ':'), end;
	bool slashes = slice_starts(slice_part(url, colon, url.n), "://");

	if (slashes && (slice_case_is(slice_part(url, 0, colon), "http") ||
	    slice_case_is(slice_part(url, 0, colon), "https"))) {
		buf_append_text(out, "hxxp");
		put_host(slice_part(url, 4, colon), out);
		buf_append_text(out, "://");
		url = slice_part(url, colon + 3, url.n);
	} else if (colon < url.n &&
	    (slashes || scheme_start(url, colon) == 0)) {
		render_safe(out, slice_part(url, 0, colon));
		buf_append_text(out, slashes ? "[:]//" : "[:]");
		url = slice_part(url, colon + (slashes ? 3 : 1), url.n);
	}
	for (end = 0; end < url.n && url.p[end] != '/' &&
	    url.p[end] != '?' && url.p[end] != '#' && url.p[end] != '\\';)
		end++;
	put_host(slice_part(url, 0, end), out);
	put_path(slice_part(url, end, url.n), out);
}

/* What stands between two links. */
static void
put_text(struct slice text, struct buf *out)
{
	size_t from = 0;

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		bool fold = c == '\r' && i + 1 < text.n &&
		    text.p[i + 1] == '\n';

		if (c != '\n' && c != '\t' && !fold)
			continue;
		render_safe(out, slice_part(text, from, i));
		if (!fold)
			buf_append_text(out, c == '\n' ? "\n" : "    ");
		from = i + 1;
	}
	render_safe(out, slice_part(text, from, text.n));
}

void
link_defang_text(struct slice text, struct buf *out)
{
	struct slice rest = text, url;
	size_t done = 0;

	while (link_next(&rest, &url)) {
		size_t at = (size_t)(url.p - text.p);

		put_text(slice_part(text, done, at), out);
		link_defang(url, out);
		done = at + url.n;
	}
	put_text(slice_part(text, done, text.n), out);
}
