/* SPDX-License-Identifier: ISC */
#ifndef FE_MAIL_ADDRESS_H
#define FE_MAIL_ADDRESS_H

#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"

/*
 * Addresses: of SMTP paths (RFC 5321, 4.1.2; RFC 6531) and of header fields
 * (RFC 5322, 3.4, with the obsolete forms).
 */
#define ADDRESS_SIZE_MAX 320 /* 64 @ 255 */

/* Parses `<path>' or a bare address, source route dropped, quotes kept, and
 * gives local part and domain as slices into text; the null path has both
 * empty.  `utf8' allows what SMTPUTF8 does.  -1 if it is no address. */
int address_parse_path(struct slice text, bool utf8, struct slice *local,
    struct slice *domain);
/* Splits at the last @; -1 without one. */
int address_split(struct slice address, struct slice *local,
    struct slice *domain);
/* The form in which addresses are compared and looked up: quotes of the local
 * part taken off where they are not needed, ASCII letters lower (local parts
 * compare ASCII case-blind here), domain as A-labels in lower case.  Returns
 * -1 where the domain is none. */
int address_normalize(struct slice address, struct buf *out);
/* Cuts the part from the delimiter (`+') on off a local part. */
struct slice address_base(struct slice local, const char *delimiter);

struct address {
	struct buf name;    /* display name or comment, decoded to UTF-8 */
	struct slice local;  /* into the field's value */
	struct slice domain; /* empty in a bare local part */
	struct buf text;     /* local@domain, comments and folds taken out */
	bool in_group;
};
struct address_list {
	struct address *items;
	size_t n;
	bool truncated; /* over ADDRESS_LIST_MAX */
	bool malformed; /* something could not be read */
};
#define ADDRESS_LIST_MAX 1000
/* The addresses of a field's raw value; group members are listed. */
void address_list_parse(struct address_list *list, struct slice value);
void address_list_free(struct address_list *list);

#endif
