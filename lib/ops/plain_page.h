/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_PLAIN_PAGE_H
#define FE_OPS_PLAIN_PAGE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Is a page of a database encrypted, as far as it can be told without a key?
 * What is encrypted looks like chance: its octets are evenly spread.
 */

/* The page size by a file's first 24 octets (they are clear in an encrypted
 * one, too); 0: it is no database. */
size_t plain_page_size(const unsigned char head[24]);
/* True where the octets of the page are not those of chance: all but one in
 * 10^9 encrypted pages are told right.  `first': it begins with a salt and
 * eight clear octets. */
bool plain_page_is(const unsigned char *page, size_t size, bool first);

#endif
