/* SPDX-License-Identifier: ISC */
#ifndef FE_SCAN_LIMIT_REPORT_H
#define FE_SCAN_LIMIT_REPORT_H

#include "scan/limiter.h"

/*
 * `fe-limit list' and `reset': the state for people.  Who is counted is not
 * told, since the state does not know: rows are shown under pseudonyms.  Who
 * names a value (`192.0.2.7', `a@b,c@d') sees the rows of that one.
 */
struct limit_report {
	char **values; /* NULL: all rows */
	size_t values_n;
	const char *rule; /* NULL: of all rules */
	bool json;
};

/* Appends a line a row.  ERR_USAGE for a value that no rule could have. */
int limit_report_list(struct limiter *l, const struct limit_report *report,
    struct buf *out, struct err *err);
/* Forgets such rows; *n of them.  With neither values nor rule everything,
 * be the file damaged or not. */
int limit_report_reset(struct limiter *l, const struct limit_report *report,
    int64_t *n, struct err *err);

#endif
