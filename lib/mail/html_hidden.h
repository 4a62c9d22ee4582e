/* SPDX-License-Identifier: ISC */
#ifndef FE_MAIL_HTML_HIDDEN_H
#define FE_MAIL_HTML_HIDDEN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

/*
 * Which elements of HTML are hidden from the eye: by the attribute `hidden',
 * or by a style of their own (display, visibility, opacity, a font or a box
 * without size, a place beyond the edge, ink that is the paper's colour).
 * What is inherited (font, visibility, ink) an element within can set anew and
 * is seen again: templates give cells no font against gaps, and their text
 * one.  Style sheets are not read.  Where the end of a hidden element is not
 * sure, what follows counts as seen.
 */
#define HTML_HIDDEN_DEPTH_MAX 64 /* elements within a hidden one */

enum html_hiding {
	HTML_HIDES = 1,   /* whatever is within */
	HTML_NO_FONT = 2,
	HTML_INVISIBLE = 4,
	HTML_NO_INK = 8
};
struct html_style {
	unsigned sets, clears; /* of enum html_hiding */
};

struct html_hidden {
	struct slice names[HTML_HIDDEN_DEPTH_MAX]; /* of the source */
	unsigned char hiding[HTML_HIDDEN_DEPTH_MAX];
	size_t n; /* elements within the outermost hidden one, it included */
};

/* The value of a style attribute, entities decoded. */
struct html_style html_style_read(struct slice style);
/* Does what comes go by unseen? */
bool html_hidden_is(const struct html_hidden *h);
/* An element begins; `block': one that an open paragraph ends before. */
void html_hidden_open(struct html_hidden *h, struct slice name,
    struct html_style style, bool block);
void html_hidden_close(struct html_hidden *h, struct slice name, bool block);

#endif
