/* SPDX-License-Identifier: ISC */
#ifndef FE_STORE_PLACE_H
#define FE_STORE_PLACE_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * ADDRESS[:FOLDER[/UID]] as typed everywhere (fe-home(7)); a folder's blanks,
 * colons, percents and control characters are written %XX.  Folder names hold
 * `/' themselves: the last part is a UID where it is all digits; a folder
 * that ends so is written with its last `/' as %2F.
 */
struct place {
	char *mailbox; /* `user@domain', normalised */
	char *folder;  /* decoded UTF-8; NULL: none named */
	int64_t uid;   /* 0: none named */
};

/* ERR_USAGE.  Free with place_free. */
int place_parse(struct place *place, struct slice text, struct err *err);
void place_free(struct place *place);
/* True when the text could be a place at all: has an @ before any `/' (a file
 * of such a name is written ./NAME). */
bool place_looks_like(struct slice text);
/* Appends the text form; folder and uid may be NULL and 0. */
void place_format(struct buf *out, struct slice mailbox, struct slice folder,
    int64_t uid);

#endif
