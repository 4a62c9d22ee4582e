/* SPDX-License-Identifier: ISC */
#ifndef FE_RECORD_LINES_H
#define FE_RECORD_LINES_H

#include "base/buf.h"

/*
 * Line ends.  Bodies of records have CRLF; files mostly have LF, some have
 * both.  What a file had is kept as `source.lines', so that it can be given
 * back octet for octet:
 *
 *	absent       nothing is known: the message came over SMTP, say
 *	"crlf"       every LF had a CR before it: nothing was changed
 *	"lf"         no LF had one
 *	[n, m, ...]  n lines ended in CRLF, then m in bare LF, then CRLF ...
 *	             (the last number counts to the end)
 *
 * A lone CR, a NUL and a missing last line end are not touched by either
 * direction.  A file with more changes than LINES_RUNS_MAX is said to be
 * "mixed" and comes back with CRLF.
 */
#define LINES_RUNS_MAX 1000

enum lines_form { LINES_CRLF, LINES_LF, LINES_RUNS, LINES_MIXED };

/* What the octets have; the JSON value for it is appended to *lines (which
 * may be NULL). */
enum lines_form lines_look(struct slice octets, struct buf *lines);
/* Every LF becomes CRLF, where it stands: no second copy of a message.  -1
 * when the buffer is full; it is unchanged then. */
int lines_to_crlf(struct buf *octets);
/* Appends the octets with every CRLF as LF. */
void lines_to_lf(struct slice octets, struct buf *out);
/* Appends what had the raw JSON value `lines' before lines_to_crlf.  -1 when
 * that is not known (none, "mixed", no such value): the octets are then
 * appended as they are. */
int lines_restore(struct slice octets, struct slice lines, struct buf *out);

#endif
