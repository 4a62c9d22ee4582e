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

#define PIECE ((size_t)64 << 10) /* octets of UTF-16 text looked at at once */
#define AHEAD ((size_t)4096)     /* ... that may belong to what begins before */

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

/* What was found so far. */
struct page {
	bool in_tag;
	bool runs; /* a script */
	bool makes, decodes, holds, saves; /* as the words say */
};

/* What begins at these octets; each is looked at once, and what is in
 * quotation marks counts, too. */
static void
find_script(struct page *page, struct slice s, size_t from, size_t to)
{
	for (size_t i = from; i < to && !page->runs; i++) {
		char c = s.p[i];

		if (c == '<') {
			page->runs = is_script_tag(slice_part(s, i, s.n));
			page->in_tag = true;
		} else if (c == '>') {
			page->in_tag = false;
		} else if (page->in_tag && (c == 'o' || c == 'O') &&
		    !ascii_is_alnum(s.p[i - 1])) {
			page->runs = is_handler(slice_part(s, i, s.n));
		}
	}
}

static void
find_words(struct page *page, struct slice s)
{
	static const char *const makers[] = {"createObjectURL", "msSaveBlob",
	    "msSaveOrOpenBlob", "Blob(", "Blob\"]", "Blob']"};
	static const char *const sources[] = {"atob", "fromCharCode",
	    "charCodeAt", "Uint8Array", "base64"};
	static const char *const links[] = {"data:application/",
	    "data:text/html", "data:;base64"};
	static const char *const saves[] = {" download", ".download"};

	page->makes = page->makes || HAS_ANY(s, makers);
	page->decodes = page->decodes || HAS_ANY(s, sources);
	page->holds = page->holds || HAS_ANY(s, links);
	page->saves = page->saves || HAS_ANY(s, saves);
}

/* UTF-16 without the octets that are NUL, which leaves its ASCII; piece by
 * piece, since a copy of all of it may be half a message of 50 MiB. */
static void
look_at_utf16(struct page *page, struct slice s)
{
	struct buf room = BUF_LIMITED(PIECE);
	size_t from = 0;

	for (size_t i = 2; i < s.n; i++) {
		if (s.p[i] != '\0')
			buf_append_char(&room, s.p[i]);
		if (room.n < room.max)
			continue;
		find_script(page, buf_slice(&room), from, room.n - AHEAD);
		find_words(page, buf_slice(&room));
		/* the octet before those that come is looked at with them */
		buf_remove(&room, 0, room.n - AHEAD - 1);
		from = 1;
	}
	find_script(page, buf_slice(&room), from, room.n);
	find_words(page, buf_slice(&room));
	buf_free(&room);
}

unsigned
html_page_flags(struct slice octets)
{
	struct page page = {.in_tag = false};
	bool smuggles;

	if (slice_starts(octets, "\xff\xfe") ||
	    slice_starts(octets, "\xfe\xff")) {
		look_at_utf16(&page, octets);
	} else {
		find_script(&page, octets, 0, octets.n);
		find_words(&page, octets);
	}
	/* a blob of octets that the page itself holds, or a link to them
	 * that is saved as a file */
	smuggles = (page.runs && page.makes && page.decodes) ||
	    (page.holds && page.saves);
	return (page.runs ? CONTENT_SCRIPT : 0) |
	    (smuggles ? CONTENT_SMUGGLING : 0);
}
