/* SPDX-License-Identifier: ISC */
#ifndef FE_SIEVE_LIBRARY_H
#define FE_SIEVE_LIBRARY_H

#include "parser.h"

/*
 * Scripts in files: read and parsed once, and again when a file of theirs
 * (what they include counts) has another inode, time or size.
 *
 *	SITE                            the site's; `include' finds its own
 *	                                folder
 *	USERS/DOMAIN/USER/active        a user's, usually a link; :personal
 *	                                finds its folder
 *	USERS/NAME.sieve                what :global finds
 */
#define LIBRARY_USERS_MAX 512 /* scripts of users kept in memory */

enum library_state {
	LIBRARY_NONE,  /* no such file */
	LIBRARY_GOOD,
	LIBRARY_KEPT,  /* broken now; this is the last one that was good */
	LIBRARY_BROKEN /* broken, and nothing to fall back on */
};

struct library;

/* site NULL: there is none.  Without its file there is no policy, unless
 * must_exist says that this is a fault, or it was there before. */
struct library *library_new(const char *site, bool must_exist,
    const char *users);
void library_free(struct library *l);
/* *script stays the library's, until the next call.  For KEPT and BROKEN err
 * tells, and *is_news is true the first time for this fault. */
enum library_state library_site(struct library *l,
    const struct sieve_script **script, bool *is_news, struct err *err);
/* A user's, never KEPT.  mailbox: `user@domain'. */
enum library_state library_user(struct library *l, struct slice mailbox,
    const struct sieve_script **script, bool *is_news, struct err *err);
/* Any file, for check and test; its folder is searched for includes.  The
 * caller frees the script. */
struct sieve_script *library_read(const char *path, const char *users,
    struct err *err);

#endif
