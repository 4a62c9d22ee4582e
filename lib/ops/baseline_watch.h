/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_BASELINE_WATCH_H
#define FE_OPS_BASELINE_WATCH_H

#include "ops/baseline.h"

/*
 * inotify(7) over the folders of a baseline: it says that something has
 * happened, and baseline_look says what.
 */
struct baseline_watch {
	int fd;
	bool opens; /* tell of keys that are opened */
	struct {
		char *path; /* NULL: no watch of that number */
		bool keys;  /* a folder of keys */
	} *folders; /* by the number of the watch */
	size_t n;
	size_t missed; /* folders that could not be watched */
};

/* ERR_SYSTEM. */
int baseline_watch_open(struct baseline_watch *w, bool opens,
    struct err *err);
void baseline_watch_close(struct baseline_watch *w);
/* Watches the folders of the entries, and those in which the names are that
 * were to be looked at.  Again after each change: there may be new ones. */
void baseline_watch_add(struct baseline_watch *w, const struct baseline *b);
/* Reads what has happened.  True where files are to be looked at; each key
 * that was opened goes to `opened'. */
bool baseline_watch_read(struct baseline_watch *w, const struct baseline *b,
    void (*opened)(void *context, const char *path), void *context);

#endif
