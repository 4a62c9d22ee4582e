/* SPDX-License-Identifier: ISC */
/*
 * Looks for scripts and for the few words without which a script cannot hand
 * its reader a file.  A script that makes these words up as well is a script
 * to us, no more: it would have to be run to know.
 */
#include "html_page.h"

#include <string.h>

#include "base/buf.h"
#include "file_flag.h"

/* Has it one of these texts? */
static bool
has_any(struct slice s, const char *const *texts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (slice_find_text(s, slice_text(texts[i])) < s.n)
			return true;
	return false;
}
#define HAS_ANY(s, texts) has_any((s), (texts), \
	sizeof(texts) / sizeof((texts)[0]))

/* `<script', or the head of a page that runs as a program of its own. */
static bool
is_script_tag(struct slice tag)
{
	return slice_case_starts(tag, "<script") ||
	    slice_case_starts(tag, "<hta:");
}

/* Attributes with a script that runs on its own or with the next click. */
static bool
is_handler(struct slice s)
{
	static const char *const names[] = {"onbegin", "onclick", "onerror",
	    "onfocus", "onload", "onmouse", "onpageshow", "onpointer",
	    "ontoggle"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t n = strlen(names[i]);

		if (!slice_case_starts(s, names[i]))
			continue;
		while (n < s.n && ascii_is_alpha(s.p[n]))
			n++;
		while (n < s.n && s.p[n] == ' ')
			n++;
		return n < s.n && s.p[n] == '=';
	}
	return false;
}

/* Each octet is looked at once; what is in quotation marks counts, too. */
static bool
has_script(struct slice s)
{
	bool in_tag = false;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c == '<') {
			if (is_script_tag(slice_part(s, i, s.n)))
				return true;
			in_tag = true;
		} else if (c == '>') {
			in_tag = false;
		} else if (in_tag && (c == 'o' || c == 'O') &&
		    !ascii_is_alnum(s.p[i - 1]) &&
		    is_handler(slice_part(s, i, s.n))) {
			return true;
		}
	}
	return false;
}

/* A blob of octets that the page itself holds, or a link to them that is saved
 * as a file. */
static bool
makes_file(struct slice s, bool runs)
{
	static const char *const makers[] = {"createObjectURL", "msSaveBlob",
	    "msSaveOrOpenBlob", "Blob(", "Blob\"]", "Blob']"};
	static const char *const sources[] = {"atob", "fromCharCode",
	    "charCodeAt", "Uint8Array", "base64"};
	static const char *const links[] = {"data:application/",
	    "data:text/html", "data:;base64"};
	static const char *const saves[] = {" download", ".download"};

	return (runs && HAS_ANY(s, makers) && HAS_ANY(s, sources)) ||
	    (HAS_ANY(s, links) && HAS_ANY(s, saves));
}

/* UTF-16 without the octets that are NUL, which leaves its ASCII. */
static struct slice
narrow(struct slice s, struct buf *room)
{
	if (!slice_starts(s, "\xff\xfe") && !slice_starts(s, "\xfe\xff"))
		return s;
	for (size_t i = 2; i < s.n; i++)
		if (s.p[i] != '\0')
			buf_append_char(room, s.p[i]);
	return buf_slice(room);
}

unsigned
html_page_flags(struct slice octets)
{
	struct buf room = BUF_INIT;
	struct slice s = narrow(octets, &room);
	bool runs = has_script(s);
	unsigned flags = (runs ? CONTENT_SCRIPT : 0) |
	    (makes_file(s, runs) ? CONTENT_SMUGGLING : 0);

	buf_free(&room);
	return flags;
}
