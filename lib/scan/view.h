/* SPDX-License-Identifier: ISC */
#ifndef FE_SCAN_VIEW_H
#define FE_SCAN_VIEW_H

#include "base/err.h"
#include "mail/mime.h"
#include "record/stream.h"

/*
 * A message for human eyes.  All that is appended is safe on a terminal:
 * control characters escaped, links defanged (link.h), HTML as text.  -1:
 * `out' is full, and holds the beginning.
 */
#define VIEW_TEXT_MAX ((size_t)1 << 20)  /* text shown of one part */
#define VIEW_SIZE_MAX ((size_t)16 << 20) /* a good maximum of `out' */
#define VIEW_LINKS_MAX 200               /* listed of one part */
#define VIEW_REASONS_MAX 20              /* of one list of facts */

/* The fields that matter, what the record says of the message, the tree of
 * parts, then the text of those that are meant to be read. */
int view_message(const struct record *r, struct buf *out);
/* All fields, decoded, one a line. */
int view_header(const struct record *r, struct buf *out);
/* The octets with the record's LF line ends, as text. */
int view_raw(const struct record *r, struct buf *out);

/* One part's content, transfer encoding taken off.  `safe': for a terminal,
 * text only (ERR_USAGE else). ERR_USAGE where there is no such part. */
int view_part(const struct record *r, int64_t index, bool safe,
    struct buf *out, struct err *err);

#endif
