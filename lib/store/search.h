/* SPDX-License-Identifier: ISC */
#ifndef FE_STORE_SEARCH_H
#define FE_STORE_SEARCH_H

#include "store/message.h"

/*
 * One grammar of queries everywhere:
 *
 *	query = *( item SP )          all items must match
 *	item  = [ "-" ] [ field ":" ] ( word | DQUOTE words DQUOTE )
 *	field = from to cc subject text
 *	        since before          a date, RFC 3339, or an age: 30d, 6h
 *	        has                   attachment
 *	        is                    seen unseen flagged answered deleted
 *	                              draft unparsed
 *	        flag                  a keyword
 *	        larger smaller        a size: 1M
 *	        folder                a name (%20)
 *	        id                    id of the record
 *
 * A word is cut into terms as the index cuts text, and all terms must occur
 * (a phrase is not told from its words); `word*' matches beginnings.
 */
#define SEARCH_ITEMS_MAX 64
#define SEARCH_QUERY_MAX 4096

struct query;
/* ERR_USAGE names the item at fault.  now_ms: what ages are counted from. */
int query_parse(struct query **q, struct slice text, int64_t now_ms,
    struct err *err);
void query_free(struct query *q);

/* Appends the matches to *refs, oldest first.  folder 0: all folders.  q NULL:
 * every message.  Runs its own transactions: what is not yet indexed is
 * indexed first (not in a read_only handle: those messages are then left out
 * of text searches).  since_ms 0: no bound besides the query's. */
int search_run(struct mailbox *m, const struct query *q, int64_t folder,
    int64_t since_ms, struct message_refs *refs, struct err *err);

/* Indexes at most `max' pending bodies in one transaction of its own; the
 * number done, 0 when none is pending, -1. */
#define SEARCH_BATCH 64
int search_index(struct mailbox *m, int max, struct err *err);

#endif
