/* SPDX-License-Identifier: ISC */
#ifndef FE_RECORD_GATHER_H
#define FE_RECORD_GATHER_H

#include "record/source.h"

/*
 * Messages out of files, one after another: a file is one message, or an
 * mbox when it begins with `From '; a Maildir (it has cur and new) is read
 * with its Maildir++ folders; any other folder with all its files, by name.
 * Nothing is written and no file is changed.
 */
struct gather {
	/* A message as it stands there (emptied by the callee if it likes);
	 * source->lines is none yet.  -1: stop, without an error. */
	int (*message)(
	    void *context, const struct source *source, struct buf *octets);
	/* Something could not be read; the rest goes on. */
	void (*failed)(void *context, const struct err *err);
	void *context;
	int64_t size_max;
};
#define GATHER_DEPTH_MAX 32

/* 0, or -1 when `message' said stop.  `-' is standard input. */
int gather_path(struct gather *g, const char *path);

/* When a message arrived and was written, by its topmost Received and its
 * Date field; -1 where they do not say. */
void gather_dates(struct slice octets, int64_t *received_ms, int64_t *date_ms);

#endif
