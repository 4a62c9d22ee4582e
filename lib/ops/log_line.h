/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_LOG_LINE_H
#define FE_OPS_LOG_LINE_H

#include <stdint.h>

#include "base/buf.h"
#include "base/slice.h"

/*
 * A line of a log, taken apart: syslog files (RFC 3164 or RFC 3339 times, the
 * same as `journalctl -o short' and its relatives write), `journalctl -o
 * json', and our own JSON logs.
 */
struct log_line {
	int64_t time_ms; /* 0: not asked for */
	struct slice host, program, message;
	bool doubtful; /* the journal says that another program wrote it */
};

/* What gives the times of RFC 3164 their year and zone (the local one). */
struct log_clock {
	int64_t now_ms; /* the present */
	int hour;       /* the last one asked for; -1: none yet */
	int64_t hour_ms; /* its begin */
};

/* Both return -1 for a line that is of no such form.  Without a clock nobody
 * wants the time.  Slices point into the line or the store, which is emptied
 * first. */
int log_line_text(struct slice line, struct log_clock *clock,
    struct log_line *out);
int log_line_json(struct slice line, bool timed, struct log_line *out,
    struct buf *store);
/* Quick and rough: the name of the program in a JSON line, none when it does
 * not stand there plainly. */
struct slice log_line_json_program(struct slice line);

#endif
