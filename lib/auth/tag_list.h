/* SPDX-License-Identifier: ISC */
#ifndef FE_AUTH_TAG_LIST_H
#define FE_AUTH_TAG_LIST_H

#include "base/slice.h"

/*
 * tag=value lists (RFC 6376, 3.2) of DKIM signatures, DKIM keys and DMARC
 * records.  Names and values are slices into the text, blanks and folds
 * around them taken off, within them kept.
 */
#define TAG_LIST_MAX 64 /* tags in one list */

struct tag {
	struct slice name;
	struct slice value;
};
struct tag_list {
	struct tag tags[TAG_LIST_MAX];
	size_t n;
};

/* -1 where the text breaks the syntax, names a tag twice, or has too many. */
int tag_list_parse(struct tag_list *list, struct slice text);
/* Passes over what breaks the syntax, takes the first of two tags with one
 * name, and leaves out what is too much: to say what a bad list holds. */
void tag_list_parse_lenient(struct tag_list *list, struct slice text);
/* Value of a tag, or none.  Names are case-sensitive. */
struct slice tag_list_get(const struct tag_list *list, const char *name);
/* The first of that name in the text itself, however many others there are, and
 * whatever breaks the syntax: for DMARC, whose receivers ignore what they do
 * not know (RFC 9989, 4.8), so that no limit may hide a policy.  Its names are
 * literals of ABNF: case-blind. */
struct slice tag_text_get_blind(struct slice text, const char *name);
/* Is the word one of a value's colon-separated items (case-blind)? */
bool tag_value_has(struct slice value, const char *word);

#endif
