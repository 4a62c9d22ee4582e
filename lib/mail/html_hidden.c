/* SPDX-License-Identifier: ISC */
/*
 * Hidden elements (html_hidden.h): those inside the outermost hidden one are
 * remembered by name, as far as HTML 5 (13.2.6.4.7) lets one do without the
 * whole tree.
 */
#include "html_hidden.h"

#include <stdlib.h>
#include <string.h>

#define NUMBER_MAX 24 /* octets of a number that is read */
#define BEYOND_EDGE (-200.0)

static bool
is_one_of(struct slice name, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (slice_case_is(name, names[i]))
			return true;
	return false;
}
#define IS_ONE_OF(name, list) \
	is_one_of((name), (list), sizeof(list) / sizeof((list)[0]))

/* The number that a value begins with; `none' where there is none. */
static double
number_of(struct slice value, double none)
{
	char text[NUMBER_MAX + 1];
	size_t n = value.n < NUMBER_MAX ? value.n : NUMBER_MAX;
	char *end;
	double number;

	memcpy(text, value.p, n);
	text[n] = '\0';
	/* not what strtod(3) takes for one beside decimal digits */
	if (n == 0 || strchr("+-.0123456789", text[0]) == NULL)
		return none;
	number = strtod(text, &end);
	return end == text ? none : number;
}

static bool
is_zero(struct slice value)
{
	return number_of(value, 1) == 0;
}

struct style {
	struct slice ink, paper;
	bool none, clear, no_height, no_width, clipped, out_of_flow, beyond;
	unsigned font, visible; /* HTML_NO_FONT or 0; what is said, plus 1 */
};

/* Nothing is said by a share of what is inherited. */
static bool
is_relative(struct slice value)
{
	return slice_case_ends(value, "em") || slice_case_ends(value, "%") ||
	    slice_case_is(value, "inherit") ||
	    slice_case_is(value, "smaller") || slice_case_is(value, "larger");
}

static void
read_font_size(struct style *s, struct slice value)
{
	if (is_zero(value) || (slice_case_ends(value, "px") &&
	    number_of(value, 9) <= 1))
		s->font = HTML_NO_FONT + 1;
	else if (!is_relative(value) || slice_case_ends(value, "rem"))
		s->font = 1;
}

/* Of several declarations of one name the last counts. */
static void
read_declaration(struct style *s, struct slice name, struct slice value)
{
	if (slice_case_is(name, "display"))
		s->none = slice_case_is(value, "none");
	else if (slice_case_is(name, "visibility"))
		s->visible = slice_case_is(value, "hidden") ||
		    slice_case_is(value, "collapse") ? HTML_INVISIBLE + 1 :
		    slice_case_is(value, "visible");
	else if (slice_case_is(name, "opacity"))
		s->clear = is_zero(value);
	else if (slice_case_is(name, "font-size"))
		read_font_size(s, value);
	else if (slice_case_is(name, "color"))
		s->ink = value;
	else if (slice_case_is(name, "background-color") ||
	    slice_case_is(name, "background"))
		s->paper = value;
	else if (slice_case_is(name, "height") ||
	    slice_case_is(name, "max-height"))
		s->no_height = s->no_height || is_zero(value);
	else if (slice_case_is(name, "width") ||
	    slice_case_is(name, "max-width"))
		s->no_width = s->no_width || is_zero(value);
	else if (slice_case_is(name, "overflow"))
		s->clipped = slice_case_is(value, "hidden");
	else if (slice_case_is(name, "position"))
		s->out_of_flow = slice_case_is(value, "absolute") ||
		    slice_case_is(value, "fixed");
	else if (slice_case_is(name, "left") || slice_case_is(name, "top"))
		s->beyond = s->beyond || number_of(value, 0) < BEYOND_EDGE;
	else if (slice_case_is(name, "text-indent"))
		s->clear = s->clear || number_of(value, 0) < BEYOND_EDGE;
}

static struct html_style
effect_of(const struct style *s)
{
	struct html_style effect = {0, 0};

	if (s->none || s->clear || (s->clipped && (s->no_height ||
	    s->no_width)) || (s->out_of_flow && s->beyond))
		effect.sets |= HTML_HIDES;
	if (s->font > 0)
		effect.clears |= HTML_NO_FONT;
	if (s->visible > 0)
		effect.clears |= HTML_INVISIBLE;
	effect.sets |= (s->font > 1 ? HTML_NO_FONT : 0) |
	    (s->visible > 1 ? HTML_INVISIBLE : 0);
	if (slice_case_is(s->ink, "transparent") ||
	    (s->ink.n > 0 && slice_case_equal(s->ink, s->paper)))
		effect.sets |= HTML_NO_INK;
	else if (s->ink.n > 0 || s->paper.n > 0)
		effect.clears |= HTML_NO_INK;
	return effect;
}

struct html_style
html_style_read(struct slice style)
{
	struct style s = {.ink = SLICE_NONE, .paper = SLICE_NONE};

	while (style.p != NULL) {
		struct slice value = slice_cut(&style, ';');
		struct slice name = slice_trim(slice_cut(&value, ':'));

		if (value.p == NULL)
			continue;
		value = slice_trim(slice_part(value, 0,
		    slice_find(value, '!'))); /* `!important' */
		read_declaration(&s, name, value);
	}
	return effect_of(&s);
}

bool
html_hidden_is(const struct html_hidden *h)
{
	return h->n > 0 && h->hiding[h->n - 1] != 0;
}

/* Those that have no end, and no content. */
static bool
is_void(struct slice name)
{
	static const char *const names[] = {"area", "base", "br", "col",
	    "embed", "hr", "img", "input", "link", "meta", "param", "source",
	    "track", "wbr"};

	return IS_ONE_OF(name, names);
}

/* Those that end where the next of their name begins. */
static bool
has_siblings(struct slice name)
{
	static const char *const names[] = {"dd", "dt", "li", "option", "p",
	    "td", "th", "tr"};

	return IS_ONE_OF(name, names);
}

void
html_hidden_open(struct html_hidden *h, struct slice name,
    struct html_style style, bool block)
{
	struct slice last = h->n > 0 ? h->names[h->n - 1] : SLICE_NONE;
	unsigned above;

	if ((h->n == 0 && style.sets == 0) || is_void(name))
		return;
	if (h->n > 0 && ((has_siblings(name) &&
	    slice_case_equal(last, name)) ||
	    (block && slice_case_is(last, "p"))))
		h->n--;
	if (h->n == 0 && style.sets == 0)
		return;
	if (h->n == HTML_HIDDEN_DEPTH_MAX) {
		h->n = 0;
		return;
	}
	above = h->n > 0 ? h->hiding[h->n - 1] : 0;
	h->hiding[h->n] = (unsigned char)((above & ~style.clears) |
	    style.sets);
	h->names[h->n++] = name;
}

void
html_hidden_close(struct html_hidden *h, struct slice name, bool block)
{
	for (size_t i = h->n; i > 0; i--)
		if (slice_case_equal(h->names[i - 1], name)) {
			h->n = i - 1;
			return;
		}
	/* The end of something around the hidden element, and so its own. */
	if (block && !slice_case_is(name, "p") && !slice_case_is(name, "br"))
		h->n = 0;
}
