/* SPDX-License-Identifier: ISC */
#ifndef FE_MAIL_PARAMETER_H
#define FE_MAIL_PARAMETER_H

#include "base/buf.h"
#include "base/slice.h"

/*
 * Fields of the form `type/subtype; name=value ...': Content-Type (RFC 2045,
 * 5.1) and Content-Disposition (RFC 2183), with the continuations and charsets
 * of RFC 2231, and what real mail writes instead: encoded words as values,
 * missing semicolons, blanks without quotes.
 */
#define PARAMETERS_MAX 100 /* pieces of one field; the rest is not read */

struct parameter {
	struct slice name; /* into the field's value, without `*0*' */
	struct buf value;  /* pieces joined; UTF-8 */
};
struct parameter_list {
	struct slice type, subtype; /* into the value; none if not there */
	struct parameter *items;
	size_t n;
	bool truncated; /* over PARAMETERS_MAX */
};
/* Of a field's raw value.  Each name once: `name*=' before `name=', the first
 * before others.  Without a type nothing is read. */
void parameter_list_parse(struct parameter_list *list, struct slice value);
void parameter_list_free(struct parameter_list *list);
/* Case-blind; none where there is no such parameter. */
struct slice parameter_find(const struct parameter_list *list,
    const char *name);
/* Appends `; name=value', quoted where it must be, as `name*=utf-8''...' (in
 * pieces where it is long) where the value is not ASCII; folded. */
int parameter_write(const char *name, struct slice value, struct buf *out);

#endif
