/* SPDX-License-Identifier: ISC */
#ifndef FE_AUTH_AUTH_H
#define FE_AUTH_AUTH_H

#include <stdint.h>

#include "base/buf.h"
#include "net/dns.h"

/*
 * What all checks share: the words of RFC 8601, and the surroundings of one
 * message's checks.
 */
enum auth_result {
	AUTH_NONE,
	AUTH_PASS,
	AUTH_FAIL,
	AUTH_SOFTFAIL,
	AUTH_NEUTRAL,
	AUTH_POLICY,
	AUTH_TEMPERROR,
	AUTH_PERMERROR
};
const char *auth_result_text(enum auth_result result);

/* Steps as they were taken, for `checks.explain': lines `check TAB text LF'.
 * Cut at its limit, with one last line that says so. */
#define AUTH_EXPLAIN_MAX ((size_t)24 << 10)

struct auth_context {
	struct dns *dns;
	int64_t now_ms;      /* wall clock, fixed by --now */
	int64_t deadline_ms; /* clock_monotonic_ms; 0: none */
	bool explain;
	bool explain_cut;
	struct buf explained;
};

/* One step of one check; nothing unless explain is on. */
void auth_explain(struct auth_context *ctx, const char *check,
    const char *format, ...) __attribute__((format(printf, 3, 4)));
/* dns_ask within the deadline, explained. */
void auth_ask(struct auth_context *ctx, const char *check, struct slice name,
    enum dns_type type, struct dns_answer *answer);

#endif
