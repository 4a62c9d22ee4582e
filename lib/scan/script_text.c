/* SPDX-License-Identifier: ISC */
/*
 * Text that only a script has.  One that makes its words up as it runs is not
 * found: it would have to be run to know.
 */
#include "script_text.h"

#include <string.h>

#include "base/buf.h"

#define LOOKED_MAX ((size_t)64 << 10) /* octets of the text */
#define HEAD ((size_t)512) /* where what is no text has a NUL */

/* In lower case, UTF-16 without its NULs; nothing where it is no text. */
static void
read_text(struct slice s, struct buf *out)
{
	bool wide = slice_starts(s, "\xff\xfe") || slice_starts(s, "\xfe\xff");

	if (slice_starts(s, "\xef\xbb\xbf"))
		s = slice_part(s, 3, s.n);
	if (!wide) {
		if (slice_find(slice_part(s, 0, HEAD), '\0') >=
		    slice_part(s, 0, HEAD).n)
			buf_append_lower(out, s);
		return;
	}
	for (size_t i = 2; i < s.n && out->n < out->max; i++)
		if (s.p[i] != '\0')
			buf_append_char(out, ascii_lower(s.p[i]));
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct slice
skip_blanks(struct slice s)
{
	while (s.n > 0 && is_blank(s.p[0]))
		s = slice_part(s, 1, s.n);
	return s;
}

/* To the first element: over declarations, instructions and comments. */
static struct slice
skip_prolog(struct slice s)
{
	static const struct {
		const char *from, *to;
	} rows[] = {{"<?", "?>"}, {"<!--", "-->"}, {"<!", ">"}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct slice to = slice_text(rows[i].to);

		s = skip_blanks(s);
		if (!slice_starts(s, rows[i].from))
			continue;
		s = slice_part(s, slice_find_text(s, to) + to.n, s.n);
		i = (size_t)-1; /* all of them again */
	}
	return s;
}

static bool
is_job(struct slice s)
{
	static const char *const elements[] = {"<job", "<package",
	    "<component", "<scriptlet"};

	s = skip_prolog(s);
	for (size_t i = 0; i < sizeof(elements) / sizeof(elements[0]); i++) {
		size_t n = strlen(elements[i]);

		if (slice_starts(s, elements[i]) && n < s.n &&
		    (s.p[n] == '>' || is_blank(s.p[n])))
			return slice_find_text(s,
			    SLICE("<script language")) < s.n;
	}
	return false;
}

/* `("wscript.shell"': at what stands behind the name of the call. */
static bool
names_object(struct slice s)
{
	static const char *const objects[] = {"wscript.shell",
	    "wscript.network", "shell.application",
	    "scripting.filesystemobject", "adodb.stream", "msxml2.",
	    "microsoft.xmlhttp", "winhttp.winhttprequest"};

	s = skip_blanks(s);
	if (!slice_starts(s, "("))
		return false;
	s = skip_blanks(slice_part(s, 1, s.n));
	if (s.n == 0 || (s.p[0] != '"' && s.p[0] != '\''))
		return false;
	s = slice_part(s, 1, s.n);
	for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++)
		if (slice_starts(s, objects[i]))
			return true;
	return false;
}

static bool
makes_object(struct slice text)
{
	static const char *const calls[] = {"activexobject", "createobject"};

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		struct slice call = slice_text(calls[i]), rest = text;
		size_t at;

		while ((at = slice_find_text(rest, call)) < rest.n) {
			rest = slice_part(rest, at + call.n, rest.n);
			if (names_object(rest))
				return true;
		}
	}
	return false;
}

bool
script_text_is(struct slice octets)
{
	struct buf text = BUF_LIMITED(LOOKED_MAX);
	bool result;

	read_text(octets, &text);
	result = is_job(buf_slice(&text)) || makes_object(buf_slice(&text));
	buf_free(&text);
	return result;
}
