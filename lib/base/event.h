/* SPDX-License-Identifier: ISC */
#ifndef FE_BASE_EVENT_H
#define FE_BASE_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"

/*
 * A security event, fe-event(5): one JSON object a line.  Whatever a stranger
 * has a hand in (account names, file names, sentences) is cut, and control
 * characters in it become U+FFFD, before it is escaped: an event is one line
 * and shows on a terminal as what it is, also once a reader has unescaped it.
 *
 * A member that is not there is none (a slice with p NULL, a number 0).
 */
enum event_severity { EVENT_INFO, EVENT_NOTICE, EVENT_WARNING, EVENT_ALERT };

struct event {
	struct slice name;    /* `login-failed' */
	int64_t time_ms;
	enum event_severity severity;
	struct slice source;  /* the program that saw it */
	struct slice host;
	struct slice address; /* of the client, whole */
	struct slice network; /* where that is all that is known, or many */
	struct slice account; /* whose, or tried */
	struct slice object;  /* file, unit, port, command, rule */
	struct slice detail;  /* for people */
	int64_t count;        /* what it stands for */
	int64_t window_s;     /* in how long a time; of a ban: for how long */
	bool unproven;        /* the address may be forged */
};

#define EVENT_NAME_MAX 48    /* octets of name, source and host */
#define EVENT_ACCOUNT_MAX 256
#define EVENT_DETAIL_MAX 512
#define EVENT_LINE_MAX 8192  /* with its LF */

/* -1 if it is none. */
int event_severity_find(struct slice text, enum event_severity *severity);
/* Lower-case letters, digits and hyphens, at most EVENT_NAME_MAX. */
bool event_name_is_valid(struct slice name);

/* Appends the line, LF included. */
void event_write(const struct event *event, struct buf *out);
/* Reads a line without its LF.  The slices point into `store', which is
 * emptied first.  Texts are cut and cleaned as event_write does; members
 * that are unknown are passed over.  ERR_MESSAGE. */
int event_read(struct slice line, struct event *event, struct buf *store,
    struct err *err);
/* For people, without LF: `2026-11-27T10:00:00.000Z alert port-scan ...'. */
void event_show(const struct event *event, struct buf *out);
/* Writes lines of event_write to standard output, all at once, as they are or
 * for people, and empties the buffer.  ERR_SYSTEM. */
int event_print(struct buf *lines, bool people, struct err *err);

#endif
