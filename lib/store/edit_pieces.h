/* SPDX-License-Identifier: ISC */
#ifndef FE_STORE_EDIT_PIECES_H
#define FE_STORE_EDIT_PIECES_H

#include "base/buf.h"
#include "base/err.h"

/*
 * What record/edit.h makes of a message, told in offsets: pieces of the old
 * message and new fields, by number.  Who parses the message (make) and who
 * writes the new one (apply) can so be two processes, and the second neither
 * parses the message nor takes text from the first.
 */

/* The record's `headers' and those of the plan's entry, applied in this
 * order; each a JSON array that was checked, or none. */
struct header_ops {
	struct slice record, entry;
};

struct edit_piece {
	enum edit_piece_kind {
		PIECE_OLD,     /* octets [from, to) of the message */
		PIECE_FIELD,   /* the field that operation `from' adds,
				* counted over both lists */
		PIECE_LINE_END /* CRLF */
	} kind;
	size_t from, to;
};
#define EDIT_PIECES_MAX 16384

struct edit_pieces {
	struct edit_piece *items;
	size_t n;
};
void edit_pieces_free(struct edit_pieces *pieces);

/* ERR_MESSAGE where an operation is none. */
int edit_pieces_make(struct edit_pieces *pieces, struct slice message,
    const struct header_ops *ops, struct err *err);
/* Appends the new message.  -1, with a part appended, where a piece fits
 * neither message nor operations, stands twice or out of order, or where out
 * is full: give it a limit, fields may be repeated. */
int edit_pieces_apply(const struct edit_pieces *pieces, struct slice message,
    const struct header_ops *ops, struct buf *out);

#endif
