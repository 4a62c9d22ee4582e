/* SPDX-License-Identifier: ISC */
#ifndef FE_BASE_HOME_H
#define FE_BASE_HOME_H

#include "buf.h"
#include "err.h"

/*
 * Paths below the home (fe-home(7)).  The home is --home, else FE_HOME, else
 * /var/lib/fe; cmd.h works it out and hands it to home_set() once.
 */
void home_set(const char *path);
const char *home_path(void);

/* Replaces out with HOME/FORMAT...; returns out's text. */
const char *home_file(struct buf *out, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Domain or local part as a file name of the home: not empty, at most 200
 * octets, no `/', NUL or control character, no leading dot. */
bool home_name_is_valid(struct slice name);

#endif
