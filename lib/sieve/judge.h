/* SPDX-License-Identifier: ISC */
#ifndef FE_SIEVE_JUDGE_H
#define FE_SIEVE_JUDGE_H

#include "interpreter.h"
#include "library.h"
#include "mail/recipients.h"
#include "record/stream.h"

/*
 * One record decided on: the site's script, then the script of each recipient
 * whose mail that one keeps; `verdict', `plan' and our `headers' are written.
 * What the site's script files, redirects, discards or refuses is not offered
 * to users.
 */
struct judge {
	struct library *library;
	struct sieve_host host;
	const struct recipients *recipients;
	struct duplicates *duplicates; /* NULL: nothing is remembered */
	const struct sieve_trace *trace; /* or NULL */
	/* Told before and after a script runs, or NULL; recipient none: the
	 * site's. */
	void (*begin)(void *context, struct slice recipient,
	    const char *script);
	void (*end)(void *context, const struct sieve_result *result);
	void *context;
	struct arena arena;
	struct sieve_result site, user;
};

/* Deletes what an earlier decision wrote, then decides. */
void judge_record(struct judge *j, struct record *r);
/* One script as if it were the site's, and nothing is written; the result is
 * in j->site and lives until the next call. */
void judge_script(struct judge *j, struct record *r,
    const struct sieve_script *script);
void judge_free(struct judge *j);

#endif
