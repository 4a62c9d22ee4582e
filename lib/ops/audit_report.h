/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_AUDIT_REPORT_H
#define FE_OPS_AUDIT_REPORT_H

#include "ops/audit_log.h"
#include "ops/providers.h"

/*
 * Results for people and programs.
 */
struct audit_report {
	const struct practices *practices;
	const struct audit_result *results; /* in the order of the register */
	size_t n;
	const struct audit_log *log; /* before this run; NULL: not readable */
	int64_t now_ms;
	const struct providers *providers; /* shown in the page; or NULL */
	const char *host;
	bool network;
	bool quiet, verbose, diff;
	const char *head; /* of the chain with this run; "" not recorded */
};
struct audit_tally {
	unsigned n[AUDIT_STATES];
	unsigned required; /* failed, and it counts */
};
void audit_tally(const struct audit_report *report,
    struct audit_tally *tally);
/* How it stood in the run before; false: it was not looked at. */
bool audit_report_was(const struct audit_report *report, const char *id,
    enum audit_state *state);

void audit_report_text(const struct audit_report *report, struct buf *out);
/* JSON lines: an object a practice, then the tally. */
void audit_report_json(const struct audit_report *report, struct buf *out);
/* One page that needs no other file: HTML, CSS, SVG, no script. */
void audit_report_html(const struct audit_report *report, struct buf *out);

#endif
