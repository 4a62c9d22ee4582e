/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_REPOSITORY_MOVE_H
#define FE_OPS_REPOSITORY_MOVE_H

#include "ops/destination.h"

/*
 * A whole repository under another name at the same place, FOLDER-SUFFIX, and
 * its end.  A folder, here or behind SFTP, is renamed.  S3 has no such name to
 * change: there each object is copied to PREFIX-SUFFIX by the server and then
 * removed, which goes on from where it was cut short.  (In a bucket that is a
 * repository as a whole it is SUFFIX.)
 */

/* Where that is, as `path' or `url' of a destination: appends. */
void repository_moved_name(const struct destination_options *options,
    const char *suffix, struct buf *out);
/* Renames FOLDER to FOLDER-SUFFIX and makes an empty FOLDER (as mkdir does
 * here, of the same owner; SFTP's is made by whoever writes first), alone:
 * it waits for others at most wait_ms.  When done already it does nothing. */
int repository_move(const struct destination_options *options,
    const char *suffix, int64_t wait_ms, struct err *err);
/* Is that a rename, or what can be cut short? */
bool repository_move_is_whole(const struct destination_options *options);
/* Destroys what lies in FOLDER-SUFFIX: what opens it first.  It waits, too. */
int repository_remove_moved(const struct destination_options *options,
    const char *suffix, int64_t wait_ms, struct err *err);
/* Is FOLDER-SUFFIX a repository? 1, 0, -1. */
int repository_is_moved(const struct destination_options *options,
    const char *suffix, struct err *err);

#endif
