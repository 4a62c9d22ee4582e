/* SPDX-License-Identifier: ISC */
#ifndef FE_MAIL_COMMENT_H
#define FE_MAIL_COMMENT_H

#include "base/slice.h"

/*
 * Comments of header fields (RFC 5322, 3.2.2): in parentheses, which nest and
 * may be quoted by a backslash.
 */

/* Length of the comment that s begins with; 0: it is not closed. */
size_t comment_length(struct slice s);
/* The same, or all of s where it is not closed. */
size_t comment_skip(struct slice s);

#endif
