/* SPDX-License-Identifier: ISC */
#ifndef FE_AUTH_SPF_RUN_H
#define FE_AUTH_SPF_RUN_H

#include "auth/spf.h"
#include "auth/spf_macro.h"
#include "auth/spf_record.h"

/*
 * The inside of an SPF check, for spf.c (records) and spf_match.c (mechanisms)
 * alone.  One struct spf is the whole run, with what is counted over all
 * includes and redirects.
 */
#define SPF_CHECK "spf"

struct spf {
	struct auth_context *ctx;
	const struct spf_query *query;
	struct spf_macro_values values;
	struct buf sender, ip_dotted, ip_text;
	struct buf validated; /* %{p} of the current domain */
	unsigned lookups, voids;
	bool permanent; /* a limit was passed: permerror for all */
	struct spf_result *out;
};

/* Records lead to records at most SPF_LOOKUPS_MAX times: so deep we call
 * ourselves. */
struct spf_level {
	struct slice domain;
};

enum spf_match { SPF_NO_MATCH, SPF_MATCH, SPF_MATCH_TEMPERROR,
	SPF_MATCH_PERMERROR };

/* spf.c: the result for a domain's record.  The owner's words for a fail are
 * fetched where explain says so. */
enum auth_result spf_check_host(
    struct spf *spf, struct slice domain, bool explain);

/* spf_match.c.  Why the result is what it is; the detail may be none. */
void spf_set_reason(struct spf *spf, const char *what, struct slice detail);
/* One more term that asks DNS: false, and a permanent error, where it is one
 * too many. */
bool spf_may_look_up(struct spf *spf, struct slice term);
/* Appends the domain that a term means: its domain-spec expanded, or where it
 * has none the level's. */
void spf_target_name(struct spf *spf, const struct spf_level *level,
    struct slice spec, struct buf *out);
enum spf_match spf_match_term(struct spf *spf, const struct spf_level *level,
    const struct spf_term *term);
/* For struct spf_macro_values: %{p}; the cookie is the struct spf. */
struct slice spf_validated_name(void *cookie);

#endif
