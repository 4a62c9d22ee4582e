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
 * to users.  Where they ask what only a mailbox knows, an entry of the plan
 * has a case for each answer (question.h).
 */
struct judge {
	struct library *library;
	struct sieve_host host;
	const struct recipients *recipients;
	const struct sieve_trace *trace; /* or NULL */
	/* Told before and after a script runs, or NULL; recipient none: the
	 * site's; script: its name, or why it cannot run; answers: those that
	 * this run is given. */
	void (*begin)(void *context, struct slice recipient,
	    const char *script, const struct questions *answers);
	void (*end)(void *context, const struct sieve_result *result);
	void *context;
	int64_t now_ms;
	/* Of the letter and the site's script, of its further runs, and of
	 * a user's. */
	struct arena arena, again_arena, user_arena;
	struct sieve_result site, again, user;
	const struct sieve_script *site_script;
	struct questions site_questions;
	size_t cases_work; /* octets that those of an entry looked at */
	struct letter_header untouched, edited; /* by the site's script */
};

/* Deletes what an earlier decision wrote, then decides. */
void judge_record(struct judge *j, struct record *r);
/* One script as if it were the site's, and nothing is written; the result is
 * in j->site and lives until the next call. */
void judge_script(struct judge *j, struct record *r,
    const struct sieve_script *script);
void judge_free(struct judge *j);

#endif
