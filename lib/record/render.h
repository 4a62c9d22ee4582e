/* SPDX-License-Identifier: ISC */
#ifndef FE_RECORD_RENDER_H
#define FE_RECORD_RENDER_H

#include "base/buf.h"
#include "base/err.h"
#include "record/stream.h"

/*
 * The one renderer for -o text, json and mail: the whole record, whatever
 * program holds it.
 */

/* -o text: a short report of the facts.  `plain' says that standard input was
 * read as one message. */
void render_text(const struct record *r, bool plain, struct buf *out);
/* -o json: the meta on one line.  ERR_MESSAGE when it is over 1 MiB. */
int render_json(const struct record *r, struct buf *out, struct err *err);
/* -o mail: `headers' applied, X-Fe-Verdict (ours only: a foreign one is taken
 * out) for every verdict but accept, and LF line ends unless `crlf'. */
int render_mail(
    const struct record *r, bool crlf, struct buf *out, struct err *err);

/* Appends text for a terminal: UTF-8, with control characters (ESC and C1
 * among them), bidirectional overrides and invisible format characters as
 * \xNN or \u{NNNN}. */
void render_safe(struct buf *out, struct slice text);

#endif
