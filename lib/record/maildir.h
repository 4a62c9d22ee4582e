/* SPDX-License-Identifier: ISC */
#ifndef FE_RECORD_MAILDIR_H
#define FE_RECORD_MAILDIR_H

#include <stdint.h>

#include "base/buf.h"

/*
 * Names in a Maildir++: folders are `.A.B' (modified UTF-7, as Dovecot and
 * Courier write it; plain UTF-8 is read too), messages
 * `SECONDS.UNIQUE.HOST:2,FLAGS'.
 */

/* Has `cur' and `new'? */
bool maildir_is(const char *path);

/* Appends `A/B' for `A.B' (no dot in front). */
void maildir_folder_decode(struct slice name, struct buf *out);
/* Appends `A.B' for `A/B'; a dot or slash in a level is put into base 64. */
void maildir_folder_encode(struct slice folder, struct buf *out);

/* Appends `\Seen \Flagged' for a file name's `:2,FS'.  P is $Forwarded. */
void maildir_flags_decode(struct slice file, struct buf *out);
/* Appends the letters in order; keywords have none and are left out. */
void maildir_flags_encode(struct slice flags, struct buf *out);

/* When the message was delivered, by its name; -1: it does not say. */
int64_t maildir_date_ms(struct slice file);

#endif
