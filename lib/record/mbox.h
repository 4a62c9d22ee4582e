/* SPDX-License-Identifier: ISC */
#ifndef FE_RECORD_MBOX_H
#define FE_RECORD_MBOX_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * mbox files, in the form `mboxrd': a message begins at a line `From ' at the
 * start of the file or behind an empty line; lines of a message that begin
 * with `From ', or with `>' before it, have one more `>' in front.
 */
struct mbox {
	int fd;
	int64_t size_max; /* of one message */
	struct buf ahead;
	size_t used;
	bool at_end;      /* of the file */
	struct buf from;  /* the `From ' line of the message that follows */
};
/* `first' was read from fd before. */
void mbox_open(struct mbox *m, int fd, struct slice first, int64_t size_max);
void mbox_close(struct mbox *m); /* leaves fd open */
/* 1: *message is the next one, unquoted, without the empty line behind it,
 * and *from its `From ' line without line end; 0: there is none; -1: a
 * message is too large (ERR_MESSAGE: the next call goes on behind it) or the
 * file cannot be read. */
int mbox_next(struct mbox *m, struct buf *message, struct buf *from,
    struct err *err);
/* The date of a `From ' line in ms, or -1. */
int64_t mbox_date_ms(struct slice from);

/* Appends one message with its `From ' line: quoted, its last line ended, an
 * empty line behind it.  A blank sender is written MAILER-DAEMON. */
void mbox_append(struct buf *out, struct slice sender, int64_t date_ms,
    struct slice message);

#endif
