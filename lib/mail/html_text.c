/* SPDX-License-Identifier: ISC */
/*
 * HTML to text and links.  Follows the tokenizer of HTML 5 (13.2.5) where it
 * decides what is seen: what a browser swallows (an unfinished comment or
 * tag, a script without an end) is swallowed here too.
 */
#include "html_text.h"

#include <endian.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "html_hidden.h"
#include "mime.h"

#define TAG_NAME_MAX 16
#define TEXT_USUAL ((size_t)4096)

enum {
	TAG_BLOCK = 1,   /* begins a line */
	TAG_DROP = 2,    /* its content is not shown: raw text to its end tag */
	TAG_LINK = 4,    /* has a URL */
	TAG_ENCLOSES = 8, /* ... and text, until its end tag */
	TAG_FORM = 16,
	TAG_SCRIPT = 32,
	TAG_INPUT = 64,
	TAG_META = 128
};

struct tag {
	char name[TAG_NAME_MAX];
	const char *attribute; /* of the URL */
	unsigned flags;
};

/* In order; no two begin with the same eight octets. */
static const struct tag tags[] = {
	{"a", "href", TAG_LINK | TAG_ENCLOSES}, {"address", NULL, TAG_BLOCK},
	{"area", "href", TAG_LINK}, {"article", NULL, TAG_BLOCK},
	{"base", "href", TAG_LINK}, {"blockquote", NULL, TAG_BLOCK},
	{"br", NULL, TAG_BLOCK}, {"button", "formaction", TAG_LINK},
	{"center", NULL, TAG_BLOCK},
	{"dd", NULL, TAG_BLOCK}, {"div", NULL, TAG_BLOCK},
	{"dt", NULL, TAG_BLOCK}, {"embed", "src", TAG_LINK},
	{"fieldset", NULL, TAG_BLOCK}, {"footer", NULL, TAG_BLOCK},
	{"form", "action", TAG_BLOCK | TAG_LINK | TAG_FORM},
	{"frame", "src", TAG_LINK}, {"h1", NULL, TAG_BLOCK},
	{"h2", NULL, TAG_BLOCK}, {"h3", NULL, TAG_BLOCK},
	{"h4", NULL, TAG_BLOCK}, {"h5", NULL, TAG_BLOCK},
	{"h6", NULL, TAG_BLOCK}, {"header", NULL, TAG_BLOCK},
	{"hr", NULL, TAG_BLOCK}, {"iframe", "src", TAG_LINK | TAG_DROP},
	{"img", "src", TAG_LINK},
	{"input", "formaction", TAG_LINK | TAG_INPUT},
	{"li", NULL, TAG_BLOCK}, {"link", "href", TAG_LINK},
	{"main", NULL, TAG_BLOCK}, {"meta", "content", TAG_LINK | TAG_META},
	{"noembed", NULL, TAG_DROP}, {"noframes", NULL, TAG_DROP},
	{"object", "data", TAG_LINK}, {"ol", NULL, TAG_BLOCK},
	{"p", NULL, TAG_BLOCK}, {"pre", NULL, TAG_BLOCK},
	{"script", "src", TAG_LINK | TAG_DROP | TAG_SCRIPT},
	{"section", NULL, TAG_BLOCK},
	{"style", NULL, TAG_DROP}, {"table", NULL, TAG_BLOCK},
	{"td", NULL, TAG_BLOCK}, {"textarea", NULL, TAG_DROP},
	{"th", NULL, TAG_BLOCK}, {"title", NULL, TAG_DROP},
	{"tr", NULL, TAG_BLOCK}, {"ul", NULL, TAG_BLOCK},
	{"xmp", NULL, TAG_DROP}};

struct parser {
	struct html_text *h;
	struct slice s;
	size_t at;
	bool xml;
	bool blank;    /* owed before the next character */
	bool line;     /* owed line end */
	size_t open;   /* link that encloses what comes, plus 1; 0: none */
	struct html_hidden hidden;
};

/* What an octet is, or ends, within a tag. */
enum { BLANK = 1, ENDS_TAG_NAME = 2, ENDS_NAME = 4, ENDS_VALUE = 8, ALL = 15 };

static const unsigned char kinds[256] = {[' '] = ALL, ['\t'] = ALL,
	['\r'] = ALL, ['\n'] = ALL, ['\f'] = ALL, ['\0'] = ENDS_NAME,
	['='] = ENDS_NAME, ['/'] = ENDS_TAG_NAME | ENDS_NAME,
	['>'] = ENDS_TAG_NAME | ENDS_NAME | ENDS_VALUE};

static bool
is_a(char c, unsigned char kind)
{
	return (kinds[(unsigned char)c] & kind) != 0;
}

static bool
is_blank(char c)
{
	return is_a(c, BLANK);
}

/* Fillers without ink, which letters of advertising have by the hundred,
 * do not count: they are neither ASCII nor in the ranges of letters. */
static void
put_hidden(struct html_text *h, struct slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		h->hidden_n += ascii_is_alnum(s.p[i]) ||
		    (c >= 0xc3 && c <= 0xcb) || (c >= 0xce && c <= 0xdf) ||
		    (c >= 0xe3 && c <= 0xed);
	}
	if (h->hidden.n > 0)
		buf_append_char(&h->hidden, ' ');
	buf_append_slice(&h->hidden, slice_part(slice_trim(s), 0,
	    h->hidden.max - h->hidden.n));
}

/* What of s leaves one octet of the room. */
static struct slice
whole_words(struct slice s, size_t room)
{
	size_t n = room > 0 ? room - 1 : 0;

	while (n > 0 && !is_blank(s.p[n]))
		n--;
	return slice_part(s, 0, n);
}

/* Blanks joined: one behind another is written over. */
static void
append_joined(struct parser *p, struct slice s)
{
	struct buf *out = &p->h->text;
	size_t n = out->n, blank = 0;
	char *to;

	if (buf_reserve(out, s.n) < 0)
		return;
	to = out->p;
	for (size_t i = 0; i < s.n; i++) {
		size_t was = blank;

		blank = is_blank(s.p[i]);
		to[n] = blank ? ' ' : s.p[i];
		n += 1 - (was & blank);
	}
	out->n = n - blank;
	to[out->n] = '\0';
	p->blank = blank;
}

/* Characters of text between tags. */
static void
put_text(struct parser *p, struct slice s)
{
	struct buf *out = &p->h->text;
	size_t n = 0;

	if (html_hidden_is(&p->hidden)) {
		put_hidden(p->h, s);
		return;
	}
	while (n < s.n && is_blank(s.p[n]))
		n++;
	p->blank = p->blank || n > 0;
	s = slice_part(s, n, s.n);
	if (s.n == 0)
		return;
	if (out->max - out->n < s.n + 1) {
		p->h->truncated = true;
		s = whole_words(s, out->max - out->n);
		if (s.n == 0)
			return;
	}
	if (out->n > 0 && (p->line || p->blank))
		buf_append_char(out, p->line ? '\n' : ' ');
	p->line = p->blank = false;
	append_joined(p, s);
}

/* Decodes what is between two tags, in pieces that end at an entity. */
static void
read_text(struct parser *p)
{
	size_t n = slice_find(slice_part(p->s, p->at, p->s.n), '<');
	struct slice s = slice_part(p->s, p->at, p->at + n);

	p->at += n;
	if (slice_find(s, '&') == s.n) {
		put_text(p, s);
	} else {
		struct buf decoded = BUF_LIMITED(HTML_TEXT_MAX);

		if (html_entities_decode(s, &decoded) < 0)
			p->h->truncated = true;
		put_text(p, buf_slice(&decoded));
		buf_free(&decoded);
	}
}

struct attribute {
	struct slice name, value;
};

/* The next attribute of the tag, or false at its end (behind the `>'). */
static bool
next_attribute(struct parser *p, struct attribute *attribute)
{
	struct slice s = p->s;
	size_t from;

	while (p->at < s.n && (is_blank(s.p[p->at]) || s.p[p->at] == '/'))
		p->at++;
	if (p->at == s.n)
		return false;
	if (s.p[p->at] == '>') {
		p->at++;
		return false;
	}
	from = p->at++; /* a `=' in front belongs to the name */
	while (p->at < s.n && !is_a(s.p[p->at], ENDS_NAME))
		p->at++;
	attribute->name = slice_part(s, from, p->at);
	attribute->value = SLICE("");
	while (p->at < s.n && is_blank(s.p[p->at]))
		p->at++;
	if (p->at == s.n || s.p[p->at] != '=')
		return true;
	for (p->at++; p->at < s.n && is_blank(s.p[p->at]);)
		p->at++;
	if (p->at < s.n && (s.p[p->at] == '"' || s.p[p->at] == '\'')) {
		struct slice rest = slice_part(s, p->at + 1, s.n);
		size_t n = slice_find(rest, s.p[p->at]);

		attribute->value = slice_part(rest, 0, n);
		p->at += n < rest.n ? n + 2 : n + 1;
		return true;
	}
	for (from = p->at; p->at < s.n && !is_a(s.p[p->at], ENDS_VALUE);)
		p->at++;
	attribute->value = slice_part(s, from, p->at);
	return true;
}

static void
close_link(struct parser *p)
{
	struct html_link *link;

	if (p->open == 0)
		return;
	link = &p->h->links[p->open - 1];
	link->to = p->h->text.n;
	if (link->from > link->to)
		link->from = link->to; /* nothing came */
	p->open = 0;
}

static void
add_link(struct parser *p, const struct tag *tag, struct slice url)
{
	struct html_text *h = p->h;
	struct html_link *link;

	url = slice_trim(url);
	if (url.n == 0)
		return;
	if (h->links_n == HTML_LINKS_MAX) {
		h->truncated = true;
		return;
	}
	if ((h->links_n & (h->links_n - 1)) == 0)
		h->links = mem_array(h->links,
		    h->links_n == 0 ? 1 : h->links_n * 2, sizeof(*link));
	link = &h->links[h->links_n++];
	link->url = (struct buf)BUF_LIMITED(HTML_URL_MAX);
	link->element = tag->name;
	if (html_entities_decode(url, &link->url) < 0)
		h->truncated = true;
	/* The blank or line end still owed stands before what it encloses. */
	link->from = link->to = h->text.n;
	if ((tag->flags & TAG_ENCLOSES) != 0) {
		close_link(p);
		link->from += h->text.n > 0 && (p->line || p->blank);
		link->to = link->from;
		p->open = h->links_n;
	}
}

/* Of two names that differ in their first eight octets the greater has the
 * greater number. */
static uint64_t
name_number(const char name[TAG_NAME_MAX])
{
	uint64_t number;

	memcpy(&number, name, sizeof(number));
	return be64toh(number);
}

/* NULL: a tag that means nothing to us. */
static const struct tag *
find_tag(struct slice name)
{
	size_t from = 0, to = sizeof(tags) / sizeof(tags[0]);
	char text[TAG_NAME_MAX] = "";
	uint64_t number;

	if (name.n >= sizeof(text))
		return NULL;
	for (size_t i = 0; i < name.n; i++)
		text[i] = ascii_lower(name.p[i]);
	number = name_number(text);
	while (to - from > 1) {
		size_t middle = from + (to - from) / 2;

		if (number < name_number(tags[middle].name))
			to = middle;
		else
			from = middle;
	}
	return strcmp(tags[from].name, text) == 0 ? &tags[from] : NULL;
}

/* Moves to the end tag of an element whose content is raw text (HTML 5,
 * 13.2.5.2 and 13.2.5.4). */
static void
skip_raw_text(struct parser *p, const char *name)
{
	size_t n = strlen(name);

	for (;;) {
		struct slice rest = slice_part(p->s, p->at, p->s.n);
		size_t at = slice_find(rest, '<');

		p->at += at;
		if (at == rest.n)
			return;
		rest = slice_part(rest, at + 1, rest.n);
		if (slice_starts(rest, "/") && slice_case_equal(
		    slice_part(rest, 1, n + 1), slice_of(name, n)) &&
		    (rest.n == n + 1 || is_blank(rest.p[n + 1]) ||
		    rest.p[n + 1] == '>' || rest.p[n + 1] == '/'))
			return;
		p->at++;
	}
}

/* Of two attributes of a name the first one counts. */
static void
read_style(const struct attribute *attribute, bool *has_style,
    struct html_style *style)
{
	struct buf decoded = BUF_LIMITED(HTML_URL_MAX);
	struct slice value = attribute->value;
	struct html_style said;

	if (slice_case_is(attribute->name, "hidden"))
		style->sets |= HTML_HIDES;
	if (!slice_case_is(attribute->name, "style") || *has_style)
		return;
	*has_style = true;
	if (slice_find(value, '&') < value.n) {
		html_entities_decode(value, &decoded);
		value = buf_slice(&decoded);
	}
	said = html_style_read(value);
	style->sets |= said.sets;
	style->clears = said.clears;
	buf_free(&decoded);
}

/* `0; url=https://...' of <meta http-equiv=refresh>: where it leads. */
static struct slice
refresh_url(struct slice content)
{
	while (content.n > 4 && !slice_case_starts(content, "url="))
		content = slice_part(content, 1, content.n);
	content = slice_trim(slice_part(content, 4, content.n));
	if (content.n > 1 && (content.p[0] == '\'' || content.p[0] == '"'))
		content = slice_part(content, 1, content.n - 1);
	return content;
}

/* What an element says of the message without being a link of it. */
static void
note_element(struct html_text *h, const struct tag *tag, struct slice type)
{
	h->has_form = h->has_form || (tag->flags & TAG_FORM) != 0;
	h->has_script = h->has_script || ((tag->flags & TAG_SCRIPT) != 0 &&
	    !slice_case_ends(slice_trim(type), "json"));
	h->asks_password = h->asks_password ||
	    ((tag->flags & TAG_INPUT) != 0 &&
	    slice_case_is(slice_trim(type), "password"));
}

/* p->at is at the first letter of the name. */
static void
read_tag(struct parser *p, bool ends)
{
	struct attribute attribute;
	struct slice url = SLICE_NONE, type = SLICE_NONE, name;
	const struct tag *tag;
	size_t from = p->at;
	struct html_style style = {0, 0};
	bool has_style = false, block, refreshes = false, empty;

	while (p->at < p->s.n && !is_a(p->s.p[p->at], ENDS_TAG_NAME))
		p->at++;
	name = slice_part(p->s, from, p->at);
	tag = find_tag(name);
	block = tag != NULL && (tag->flags & TAG_BLOCK) != 0;
	while (next_attribute(p, &attribute)) {
		if (tag != NULL && tag->attribute != NULL && url.p == NULL &&
		    slice_case_is(attribute.name, tag->attribute))
			url = attribute.value;
		if (type.p == NULL && slice_case_is(attribute.name, "type"))
			type = attribute.value;
		refreshes = refreshes ||
		    (slice_case_is(attribute.name, "http-equiv") &&
		    slice_case_is(attribute.value, "refresh"));
		if (!ends)
			read_style(&attribute, &has_style, &style);
	}
	empty = p->xml && !ends && p->at >= 2 &&
	    slice_equal(slice_part(p->s, p->at - 2, p->at), SLICE("/>"));
	if (ends)
		html_hidden_close(&p->hidden, name, block);
	else if (!empty && (tag == NULL || (tag->flags & TAG_DROP) == 0))
		html_hidden_open(&p->hidden, name, style, block);
	if (tag == NULL)
		return;
	if (block)
		p->line = true;
	if ((tag->flags & TAG_ENCLOSES) != 0 && ends)
		close_link(p);
	if (ends)
		return;
	note_element(p->h, tag, type);
	if ((tag->flags & TAG_META) != 0)
		url = refreshes ? refresh_url(url) : SLICE_NONE;
	if ((tag->flags & TAG_LINK) != 0)
		add_link(p, tag, url);
	if (empty && (tag->flags & TAG_ENCLOSES) != 0)
		close_link(p);
	if ((tag->flags & TAG_DROP) != 0 && !empty)
		skip_raw_text(p, tag->name);
}

/* `<!' or `<?': a comment up to `-->', anything else up to `>'. */
static void
skip_markup(struct parser *p)
{
	struct slice rest = slice_part(p->s, p->at, p->s.n);
	struct slice end = SLICE(">");
	bool text = p->xml && slice_starts(rest, "<![CDATA[");
	size_t n;

	if (text) {
		p->at += 9;
		rest = slice_part(rest, 9, rest.n);
		end = SLICE("]]>");
	} else if (slice_starts(rest, "<!--")) {
		p->at += 4;
		rest = slice_part(rest, 4, rest.n);
		if (slice_starts(rest, ">") || slice_starts(rest, "->"))
			end = SLICE(">");
		else
			end = SLICE("-->");
	}
	n = slice_find_text(rest, end);
	if (text)
		put_text(p, slice_part(rest, 0, n));
	p->at += n < rest.n ? n + end.n : n;
}

static void
parse(struct html_text *h, struct slice html, bool xml)
{
	struct parser p = {.h = h, .s = html, .xml = xml};

	*h = (struct html_text){.text = BUF_LIMITED(HTML_TEXT_MAX),
	    .hidden = BUF_LIMITED(HTML_HIDDEN_MAX)};
	buf_reserve(&h->text, html.n < TEXT_USUAL ? html.n : TEXT_USUAL);
	while (p.at < html.n && h->text.n < h->text.max) {
		char next = p.at + 1 < html.n ? html.p[p.at + 1] : '\0';

		if (html.p[p.at] != '<') {
			read_text(&p);
		} else if (next == '!' || next == '?') {
			skip_markup(&p);
		} else if (ascii_is_alpha(next)) {
			p.at++;
			read_tag(&p, false);
		} else if (next == '/' && p.at + 2 < html.n &&
		    ascii_is_alpha(html.p[p.at + 2])) {
			p.at += 2;
			read_tag(&p, true);
		} else if (next == '/') {
			skip_markup(&p);
		} else {
			put_text(&p, SLICE("<"));
			p.at++;
		}
	}
	close_link(&p);
}

void
html_text_parse(struct html_text *h, struct slice html)
{
	parse(h, html, false);
}

void
html_text_parse_xml(struct html_text *h, struct slice xhtml)
{
	parse(h, xhtml, true);
}

void
html_text_parse_part(struct html_text *h, const struct mime_part *part,
    struct slice text)
{
	parse(h, text, slice_case_ends(part->subtype, "+xml"));
}

void
html_text_free(struct html_text *h)
{
	for (size_t i = 0; i < h->links_n; i++)
		buf_free(&h->links[i].url);
	free(h->links);
	buf_free(&h->text);
	buf_free(&h->hidden);
	h->links = NULL;
	h->links_n = 0;
}
