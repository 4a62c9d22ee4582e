/* SPDX-License-Identifier: ISC */
#ifndef FE_SCAN_WATCH_H
#define FE_SCAN_WATCH_H

#include "base/buf.h"
#include "base/option.h"
#include "blocklist.h"
#include "urls.h"

/*
 * What this site watches for: domains and names that others like to be taken
 * for, and hosts that links should not lead to.
 */
struct watch {
	struct buf *domains;      /* A-labels; with their subdomains */
	size_t domains_n;
	struct option_list names; /* of people, as in From */
	struct blocklist *lists;
	size_t lists_n;
};
/* For `check' of an option (option.h): the name of nobody is that of all who
 * give none. */
int watch_check_name(const char *name, struct err *err);
/* `own' is one domain more, or NULL; `names' and `lists', which are paths, must
 * outlive it. */
void watch_open(struct watch *w, const struct option_list *domains,
    const char *own, const struct option_list *names,
    const struct option_list *lists);
void watch_close(struct watch *w);
/* Adds URL_BLOCKED and URL_LOOKALIKE to the flags. */
void watch_mark(struct watch *w, struct urls *u);
/* Is it one of the domains, or below one? */
bool watch_is_own(const struct watch *w, struct slice host);
/* One that looks like one of the domains; *which is that. */
bool watch_is_lookalike(const struct watch *w, struct slice host,
    struct slice registrable, struct slice *which);
/* A display name that is one of the names, or holds one of the domains. */
bool watch_is_name(const struct watch *w, struct slice name);

#endif
