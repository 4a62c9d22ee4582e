/* SPDX-License-Identifier: ISC */
#ifndef FE_SIEVE_RESULT_H
#define FE_SIEVE_RESULT_H

#include "arena.h"
#include "record/meta.h"

/*
 * What a script decided.  Nothing has been done yet: programs behind us do
 * it.  All slices live in the arena of the run.
 */
#define RESULT_ACTIONS_MAX 32
#define RESULT_REDIRECTS_MAX 5
#define RESULT_EDITS_MAX 64
#define RESULT_MARKS_MAX 32
#define MARK_SECONDS_MAX (14 * 86400) /* a mailbox forgets them then */

enum action_verb { ACTION_KEEP, ACTION_FILEINTO, ACTION_REDIRECT,
	ACTION_DISCARD, ACTION_REJECT, ACTION_QUARANTINE, ACTION_TEMPFAIL,
	ACTION_VACATION, ACTION_NOTIFY };

struct result_action {
	enum action_verb verb;
	const char *script;
	unsigned line;
	struct slice folder, to, text; /* as the verb has them, else none */
	struct slice flags;            /* with blanks between them */
	bool create;
	struct slice handle, subject, from, importance;
	bool mime;
	int64_t seconds;
};

struct result_edit {
	enum header_op op;
	struct slice name, value;
	int index;
};

struct result_mark {
	struct slice handle; /* JSON */
	int64_t expires_ms;
};

struct sieve_result {
	struct result_action actions[RESULT_ACTIONS_MAX];
	size_t n;
	struct result_edit edits[RESULT_EDITS_MAX];
	size_t edits_n;
	struct result_mark marks[RESULT_MARKS_MAX];
	size_t marks_n;
	bool implicit_keep;      /* RFC 5228, 2.10.2 */
	struct slice keep_flags; /* of the implicit keep */
	struct err fault;        /* it failed while it ran, and keeps */
};

void result_init(struct sieve_result *r);
const struct result_action *result_find(const struct sieve_result *r,
    enum action_verb verb);
const char *action_name(enum action_verb verb);
/* Is the message kept and nothing else: no entry of a plan needs to say so. */
bool result_is_plain_keep(const struct sieve_result *r);
/* One line for people: `fileinto "Junk", redirect bob@example.org'. */
void result_describe(const struct sieve_result *r, struct buf *out);

#endif
