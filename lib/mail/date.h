/* SPDX-License-Identifier: ISC */
#ifndef FE_MAIL_DATE_H
#define FE_MAIL_DATE_H

#include <stdint.h>

#include "base/slice.h"

/*
 * Dates of header fields (RFC 5322, 3.3, and 4.3: two-digit years, named
 * zones, comments), and of mbox `From ' lines (asctime(3)).  Real mail has
 * them in any order and with parts left out: day, month, year and time must
 * be there, a missing or unknown zone is UTC.
 */
/* Milliseconds since 1970 (negative before); -1 if it is no date. */
int date_parse(struct slice value, int64_t *ms);

#endif
