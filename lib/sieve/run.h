/* SPDX-License-Identifier: ISC */
#ifndef FE_SIEVE_RUN_H
#define FE_SIEVE_RUN_H

#include "letter.h"
#include "question.h"
#include "result.h"
#include "script.h"

/*
 * One script on one message, while it runs.  What runs too long fails, and a
 * run that fails keeps the message (RFC 5228, 2.10.6).
 */
#define RUN_INSTRUCTIONS_MAX 100000       /* commands and tests */
#define RUN_WORK_MAX ((size_t)64 << 20)   /* octets looked at */
#define RUN_MEMORY_MAX ((size_t)64 << 20) /* of the arena of the run */
#define RUN_VALUE_MAX ((size_t)16 << 10)  /* octets of a variable; cut */
#define SIEVE_TEXT_MAX ((size_t)64 << 10) /* of a string once filled in */
#define RUN_REGEXES_MAX 200               /* made of variables, or matches */

/* Where the script runs. */
struct sieve_host {
	const char *hostname, *domain;
	const char *delimiter; /* of subaddresses */
};

/* Hears of every test and action, for `explain'. */
struct sieve_trace {
	void (*note)(void *context, const char *script, unsigned line,
	    struct slice source, const char *outcome, struct slice saw);
	void *context;
};

struct run_frame {
	const struct sieve_script *script;
	struct slice *values; /* of its variables */
};

struct run_global {
	struct slice name, value;
	struct run_global *next;
};

struct run_once {
	const struct sieve_script *script;
	struct run_once *next;
};

struct sieve_run {
	const struct sieve_host *host;
	struct letter *message;
	struct arena *arena;
	struct slice recipient; /* none: the script of the site */
	struct slice mailbox;   /* of the recipient, or none */
	/* Answers, to which new questions are added.  NULL: there is no
	 * mailbox to ask. */
	struct questions *questions;
	struct sieve_result *result;
	const struct sieve_trace *trace;
	int64_t now_ms;
	struct run_frame *frame;
	struct run_global *globals;
	struct run_once *once;
	struct slice matches[REGEX_CAPTURES_MAX];
	size_t matches_n;
	struct slice flags; /* RFC 5232, 2: the internal variable */
	size_t instructions, work, regexes;
	bool stopped, returned;
	struct slice saw;   /* what the last test looked at */
};

/* Fills result->fault with script and line; -1. */
int run_fail(struct sieve_run *run, const struct sieve_node *node,
    const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Adds to what was looked at; -1 over the limit. */
int run_work(struct sieve_run *run, const struct sieve_node *node, size_t n);

/* A string with its variables filled in. */
struct slice run_text(struct sieve_run *run, const struct sieve_string *s);
/* The only string of an argument or of a tag; none where it is not there. */
struct slice run_arg(struct sieve_run *run, const struct sieve_value *value);
struct slice run_tag(struct sieve_run *run, const struct sieve_node *node,
    enum sieve_tag tag);
int64_t run_tag_number(const struct sieve_node *node, enum sieve_tag tag,
    int64_t fallback);

struct slice run_variable(const struct sieve_run *run, int index);
void run_set_variable(struct sieve_run *run, int index, struct slice value);

/* Adds an action that is done instead of the implicit keep where that is so
 * of its verb; NULL: too many. */
struct result_action *run_add_action(struct sieve_run *run,
    const struct sieve_node *node, enum action_verb verb);

#endif
