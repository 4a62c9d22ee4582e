/* SPDX-License-Identifier: ISC */
#ifndef FE_SCAN_LINK_H
#define FE_SCAN_LINK_H

#include "base/buf.h"
#include "base/slice.h"

/*
 * URLs where they stand in running text.  What a mail program would make a
 * link of is one: `scheme://' with something behind it, and `www.' at the
 * start of a word.  Found in one pass.
 */
#define LINK_SIZE_MAX 8192 /* octets; a longer one is cut */

/* Finds the next one in *rest, which becomes what follows it. */
bool link_next(struct slice *rest, struct slice *url);

/* Appends a URL that no program takes for one and that a person can still
 * read: `hxxp://a[.]example/path'.  Control characters are escaped. */
void link_defang(struct slice url, struct buf *out);
/* Appends text of several lines for a terminal: links defanged, each control
 * character but LF escaped (render_safe), a tab as blanks, CR before LF gone.
 */
void link_defang_text(struct slice text, struct buf *out);

#endif
