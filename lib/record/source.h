/* SPDX-License-Identifier: ISC */
#ifndef FE_RECORD_SOURCE_H
#define FE_RECORD_SOURCE_H

#include <stdint.h>

#include "base/buf.h"
#include "record/stream.h"

/*
 * The member `source': where fe-cat found a message.  It is small, since
 * fe-store keeps it beside the message for good (all else of a meta expires).
 */
enum source_kind { SOURCE_FILE, SOURCE_MAILDIR, SOURCE_MBOX, SOURCE_MAILBOX };

struct source {
	enum source_kind kind;
	struct slice path;   /* file, or ADDRESS:FOLDER/UID */
	struct slice folder; /* UTF-8, levels with `/'; none: not in one */
	struct slice flags;  /* `\Seen \Flagged work'; an array in the member */
	int64_t date_ms;     /* when it arrived; -1: unknown */
	struct slice label;  /* --label, or none */
	struct slice lines;  /* JSON value (lines.h), or none */
};

/* Writes the member. */
void source_set(struct record *r, const struct source *source);

/* Reads it from a record or from what fe-store kept; strings are appended to
 * *text, which the slices then point into.  Whatever is missing is none.  0,
 * or -1 when there is no such object. */
int source_get(
    struct slice member, struct source *source, struct buf *text);

/* A record's id from what the message is: its date and a hash of the folder
 * and the octets as they lie there, so that an import run twice stores once.
 */
void source_id(int64_t date_ms, struct slice folder, struct slice octets,
    char out[27]);

#endif
