/* SPDX-License-Identifier: ISC */
#ifndef FE_SIEVE_QUESTION_H
#define FE_SIEVE_QUESTION_H

#include <stdbool.h>

#include "arena.h"

/*
 * What a script asks and only the mailbox knows: which handles of `duplicate'
 * (RFC 7352) it remembers, which folders it has (RFC 5490).  Who runs scripts
 * opens no mailbox, so a script runs once for each set of answers, and
 * fe-store takes the decision whose answers are true when it stores
 * (`cases', fe-record(5)).
 */
#define QUESTIONS_MAX 4 /* of one run: at most 16 runs; the rest is false */

enum question_kind { QUESTION_MARK, QUESTION_FOLDERS };

struct question {
	enum question_kind kind;
	struct slice value; /* JSON: a handle, or a list of folders */
	bool yes;           /* the answer of this run */
};

struct questions {
	struct question items[QUESTIONS_MAX]; /* as they came up */
	size_t n;
};

/* The answer: the one that was given, else no, and a copy of the question is
 * added while there is room. */
bool questions_ask(struct questions *q, struct arena *arena,
    enum question_kind kind, struct slice value);
/* The first n of them, the last of these answered by yes. */
struct questions questions_case(const struct questions *q, size_t n);
bool questions_have(const struct questions *q, enum question_kind kind);
/* The member of a case that tells when it holds. */
const char *question_name(enum question_kind kind);
/* For people: `mark "x", folders ["a"]' of those answered by yes. */
void questions_describe(const struct questions *q, struct buf *out);

/* JSON of the short handle that stands for two texts: KIND and a hash.  The
 * site and a user have kinds of their own, and do not see each other's. */
struct slice question_mark(struct arena *arena, const char *kind,
    struct slice first, struct slice second);

#endif
