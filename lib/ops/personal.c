/* SPDX-License-Identifier: ISC */
/* Lines made plain, and the walk over them.  The text is hostile. */
#include "ops/personal.h"

#include <string.h>

/*
 * Other ways to write what addresses are known by.
 */

static size_t
match(struct slice text, size_t at, const char *what)
{
	size_t n = strlen(what);

	return text.n - at >= n &&
		       slice_case_starts(slice_part(text, at, at + n), what)
		   ? n
		   : 0;
}

/* `%40', `%2540', `%252540': how long it is, and what it stands for. */
static size_t
read_percent(struct slice text, size_t at, char *c)
{
	size_t i = at + 1;

	while (i + 3 < text.n && text.p[i] == '2' && text.p[i + 1] == '5')
		i += 2;
	if (match(text, i, "40") > 0)
		*c = '@';
	else if (match(text, i, "3a") > 0)
		*c = ':';
	else if (match(text, i, "2e") > 0)
		*c = '.';
	else if (match(text, i, "5b") > 0)
		*c = '[';
	else if (match(text, i, "5d") > 0)
		*c = ']';
	else
		return 0;
	return i + 2 - at;
}

/* `alice=40example.org', but not `delay=40ms' */
static bool
is_quoted_printable(struct slice text, size_t at)
{
	size_t i = at + 3;

	if (personal_octet(text, at + 1) != '4' ||
	    personal_octet(text, at + 2) != '0' || at == 0 ||
	    !ascii_is_alnum(text.p[at - 1]) || i >= text.n ||
	    !ascii_is_alpha(text.p[i]))
		return false;
	while (i < text.n && (ascii_is_alnum(text.p[i]) || text.p[i] == '-'))
		i++;
	return i + 1 < text.n && text.p[i] == '.' &&
	       ascii_is_alpha(text.p[i + 1]);
}

static size_t
read_other(struct slice text, size_t at, char *c)
{
	static const struct {
		const char *text;
		char c;
	} forms[] = {{"\\u0040", '@'}, {"\\x40", '@'}, {"\\100", '@'},
	    {"&#64;", '@'}, {"&#x40;", '@'}, {"&commat;", '@'},
	    {"\xef\xbc\xa0", '@'}, {"\xef\xb9\xab", '@'}, {"\\u003a", ':'},
	    {"\\x3a", ':'}, {"\\u002e", '.'}, {"\\x2e", '.'},
	    {"\xef\xbc\x8e", '.'}, {"\xe3\x80\x82", '.'}};

	if (text.p[at] == '=') {
		*c = '@';
		return is_quoted_printable(text, at) ? 3 : 0;
	}
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		size_t n;

		if (forms[i].text[0] != text.p[at])
			continue;
		n = match(text, at, forms[i].text);
		if (n > 0) {
			*c = forms[i].c;
			return n;
		}
	}
	return 0;
}

static bool
is_plain(unsigned char c)
{
	return (c >= 0x20 && c < 0x7f && c != '%' && c != '\\' && c != '=' &&
		   c != '&') ||
	       c == '\t';
}

void
personal_normalize(struct slice line, struct buf *out)
{
	for (size_t i = 0; i < line.n;) {
		size_t from = i, n;
		unsigned char c;
		char becomes = '?';

		while (i < line.n && is_plain((unsigned char)line.p[i]))
			i++;
		buf_append(out, line.p + from, i - from);
		if (i == line.n)
			break;
		c = (unsigned char)line.p[i];
		n = c == '%' ? read_percent(line, i, &becomes)
			     : read_other(line, i, &becomes);
		if (n > 0) {
			buf_append_char(out, becomes);
			i += n;
			continue;
		}
		/* C1 controls are two octets of UTF-8 */
		if (c == 0xc2 && i + 1 < line.n &&
		    (unsigned char)line.p[i + 1] < 0xa0)
			i++;
		else if (c >= 0x20 && c != 0x7f)
			becomes = (char)c;
		buf_append_char(out, becomes);
		i++;
	}
}

char
personal_octet(struct slice text, size_t i)
{
	return i < text.n ? text.p[i] : '\0';
}

struct personal_walk
personal_walk(struct slice text)
{
	return (struct personal_walk){.text = text};
}

bool
personal_next(struct personal_walk *walk, struct personal *found)
{
	struct slice text = walk->text;
	size_t limit;

	if (walk->address.kind == PERSONAL_NONE && !walk->no_address)
		walk->no_address =
		    !personal_find_address(text, walk->at, &walk->address);
	limit =
	    walk->address.kind != PERSONAL_NONE ? walk->address.from : text.n;
	if (personal_find_ip(text, &walk->at, limit, found) &&
	    found->from < limit) {
		if (found->to > limit)
			found->to = found->ip_to = limit;
		walk->at = found->to;
		return true;
	}
	if (walk->no_address)
		return false;
	*found = walk->address;
	walk->address.kind = PERSONAL_NONE;
	walk->at = found->to;
	return true;
}
