/* SPDX-License-Identifier: ISC */
#ifndef FE_STORE_QUERY_H
#define FE_STORE_QUERY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

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
/* Does any item ask for text? */
bool query_needs_index(const struct query *q); /* accepts NULL: no */

/* A query as one SELECT of folder and uid over the tables of a mailbox
 * (schema.h); the values are bound in order. */
struct query_value {
	bool is_text;
	struct buf text;
	int64_t number;
};
struct query_sql {
	struct buf text;
	struct query_value values[2 * SEARCH_ITEMS_MAX + 4];
	size_t n;
};
/* q NULL: every message.  folder and since_ms: 0 for none. */
void query_sql_make(struct query_sql *sql, const struct query *q,
    int64_t folder, int64_t since_ms);
void query_sql_free(struct query_sql *sql);

#endif
