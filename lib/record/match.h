/* SPDX-License-Identifier: ISC */
#ifndef FE_RECORD_MATCH_H
#define FE_RECORD_MATCH_H

#include "record/source.h"

/*
 * Queries over messages that lie in files, in the grammar that mailboxes
 * have (fe-mailbox(1)), as far as a file can answer it:
 *
 *	query = *( item SP )          all items must match
 *	item  = [ "-" ] [ field ":" ] ( word | DQUOTE words DQUOTE )
 *	field = from to cc subject text since before larger smaller flag has
 *	        is                    seen unseen flagged answered deleted draft
 *
 * Words are cut into terms as the index of a mailbox cuts them; `word*'
 * matches beginnings.
 */
#define MATCH_ITEMS_MAX 64
struct match;

/* ERR_USAGE names the item at fault.  now_ms: what ages are counted from. */
int match_parse(struct match **match, struct slice query, int64_t now_ms,
    struct err *err);
void match_free(struct match *match); /* accepts NULL */
bool match_message(const struct match *match, struct slice octets,
    const struct source *source);

/* A date (RFC 3339), or an age (`30d'), in ms. */
int match_time(struct slice text, int64_t now_ms, int64_t *ms);
/* Does a word of a command line begin like an item with a field? */
bool match_looks_like_item(struct slice word);

#endif
