/* SPDX-License-Identifier: ISC */
#ifndef FE_SCAN_READING_H
#define FE_SCAN_READING_H

#include "mail/header.h"
#include "mail/html_text.h"
#include "mail/mime.h"

/*
 * A message that is read once for all layers: its header, its parts, and one
 * after the other the texts of those that have any, with the transfer
 * encoding taken off, as UTF-8, and HTML also as what a reader sees of it.
 * The text of one part at a time is held.
 */
#define READING_TEXT_MAX ((size_t)256 << 10) /* decoded of one part */
#define READING_PARTS_MAX 50                 /* with text */

struct reading {
	struct slice message;
	struct header header;
	struct mime mime;
	size_t next, parts; /* looked at next; had text */
	/* Of the part at hand, until the next one: */
	const struct mime_part *part;
	struct buf text;
	bool is_html; /* or sent as a file that a browser opens */
	struct html_text html;
};

/* The message must outlive it.  Never fails. */
void reading_open(struct reading *r, struct slice message);
void reading_close(struct reading *r);
/* Moves to the next part with text, or an HTML file; false: no more. */
bool reading_next(struct reading *r);

#endif
