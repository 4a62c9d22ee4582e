/* SPDX-License-Identifier: ISC */
#ifndef FE_SIEVE_REPORT_H
#define FE_SIEVE_REPORT_H

#include "judge.h"

/*
 * What `check', `test', `explain' and `diff' of fe-sieve say, as text for
 * people or as JSON Lines.  Nothing is done; an old verdict is ignored.
 */

/* Lines about one script: its fault (script NULL), or its warnings. */
void report_check(const struct sieve_script *script, const struct err *fault,
    struct buf *out);

struct report {
	struct judge *judge;
	struct sieve_trace trace;
	bool json;
	bool all; /* tests that are not true, too */
	struct buf out;
	struct json_writer writer;
};

/* all: every test, else those that matched. */
void report_begin(struct report *report, struct judge *judge, bool json,
    bool all);
/* Appends to report->out.  script NULL: those of the site and the users. */
void report_record(struct report *report, struct record *r,
    const struct sieve_script *script);
void report_end(struct report *report);

#define REPORT_KINDS 7 /* of enum verdict_action */
struct report_diff {
	struct judge *judge;
	bool json;
	int64_t records, changed;
	int64_t moves[REPORT_KINDS][REPORT_KINDS];
	struct buf out;
};

void report_diff_begin(struct report_diff *diff, struct judge *judge,
    bool json);
/* True when the decision is another. */
bool report_diff_record(struct report_diff *diff, struct record *r,
    const struct sieve_script *old, const struct sieve_script *new);
/* Appends the counts. */
void report_diff_end(struct report_diff *diff);

#endif
