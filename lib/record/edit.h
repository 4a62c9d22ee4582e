/* SPDX-License-Identifier: ISC */
#ifndef FE_RECORD_EDIT_H
#define FE_RECORD_EDIT_H

#include "base/buf.h"
#include "base/err.h"

/*
 * The one function that applies `headers' of a record (or of a plan entry) to
 * a message: [{"op","name","value","index","by"}], in order.
 *
 *	prepend  a field at the top of the header
 *	append   a field at its end
 *	delete   the index-th field of that name from the top, from the bottom
 *	         where index is below 0, all of them where it is 0 or absent
 *
 * Later operations see what earlier ones did.  Values keep folds (a line end
 * before a blank); any other line end becomes a fold and NULs are left out,
 * so that a value cannot begin a field.  Fields that stay are not touched.
 */
#define EDIT_OPS_MAX 4096

/* *header becomes the new header fields (without the empty line), and *rest
 * the offset in the message of what follows its old ones: the new message is
 * header, then message[rest..].  Either list may be none.  ERR_MESSAGE for an
 * operation that is none, or too many. */
int edit_header(struct slice message, struct slice ops, struct slice more_ops,
    struct buf *header, size_t *rest, struct err *err);

#endif
