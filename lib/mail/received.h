/* SPDX-License-Identifier: ISC */
#ifndef FE_MAIL_RECEIVED_H
#define FE_MAIL_RECEIVED_H

#include "base/slice.h"

/*
 * The clauses of a Received field (RFC 5321, 4.4), as the common servers
 * write them.  All are slices into the value; none where there is no such
 * clause.  Only a field that a server of ours wrote says the truth, and even
 * there `from' and `helo' are the client's own words.
 *
 *	from HELO (REVERSE [IP]) by ...        Postfix, Sendmail, Exchange
 *	from REVERSE (HELO HELO) (IP) by ...   qmail
 *	from REVERSE ([IP] helo=HELO) by ...   Exim
 *	from [IP] (helo=HELO) by ...           Exim
 */
struct received {
	struct slice from;
	struct slice ip;   /* without brackets, port and `IPv6:' */
	struct slice helo; /* where it is named as such */
	struct slice by, via, with;
	struct slice id, recipient; /* all of them without <> */
	struct slice date;          /* behind the last `;' outside comments */
};
void received_parse(struct received *r, struct slice value);
/* What the client called itself: helo if there is one, else from. */
struct slice received_helo(const struct received *r);

#endif
