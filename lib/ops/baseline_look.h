/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_BASELINE_LOOK_H
#define FE_OPS_BASELINE_LOOK_H

#include "base/event.h"
#include "ops/baseline.h"

/*
 * Looking at the files, and telling what is other than it was.
 */

/* Fills the entries of a baseline whose names are filled in.  Links are not
 * followed.  Where `known' has a file with the same inode, size and time of
 * change, its content is not read again; NULL: everything is read.  What
 * cannot be read is told and has a hash of zeros. */
void baseline_look(struct baseline *b, const struct baseline *known);

/* Events file-added, file-removed, file-changed, file-mode and key-changed for
 * all differences, by `tell'.  Returns how many. */
size_t baseline_compare(const struct baseline *old, const struct baseline *now,
    int64_t now_ms, void (*tell)(void *context, const struct event *event),
    void *context);

#endif
