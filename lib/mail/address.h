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
 * empty, `postmaster' alone (RFC 5321, 4.1.1.3) an empty domain.  `utf8'
 * allows what SMTPUTF8 does.  -1 if it is no address. */
int address_parse_path(struct slice text, bool utf8, struct slice *local,
    struct slice *domain);
/* Splits at the last @; -1 without one. */
int address_split(struct slice address, struct slice *local,
    struct slice *domain);
/* Appends the form in which addresses are compared and looked up: quotes of
 * the local part taken off where they are not needed, ASCII letters lower
 * (local parts compare ASCII case-blind here), domain as A-labels in lower
 * case.  Returns -1, and appends nothing, where it is no local@domain. */
int address_normalize(struct slice address, struct buf *out);
/* Is it local@domain?  For `check' of an option (option.h). */
int address_check(const char *text, struct err *err);
/* Cuts the part from the first delimiter on off a local part (`+'; several
 * characters are alternatives; NULL or "": none).  Never cuts all of it. */
struct slice address_base(struct slice local, const char *delimiter);

struct address {
	struct buf name;     /* display name, else comment; as UTF-8 */
	struct buf text;     /* local@domain; comments, folds, route left out */
	struct slice local;  /* both into text, quotes kept */
	struct slice domain; /* none in a bare local part */
	bool in_group;
};
struct address_list {
	struct address *items;
	size_t n;
	bool truncated; /* over ADDRESS_LIST_MAX */
	bool malformed; /* something could not be read */
};
#define ADDRESS_LIST_MAX 1000
/* The addresses of a field's raw value (RFC 5322, 3.4, with the obsolete
 * forms); group members are listed, group names are not.  What stands in <>
 * is taken as it is, also `<http://...>' of List-* fields. */
void address_list_parse(struct address_list *list, struct slice value);
void address_list_free(struct address_list *list);

#endif
