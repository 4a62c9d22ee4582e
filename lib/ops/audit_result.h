/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_AUDIT_RESULT_H
#define FE_OPS_AUDIT_RESULT_H

#include "ops/practice.h"

/*
 * What a probe found of a practice: clauses of evidence, each with a state of
 * its own.  The whole is as bad as its worst clause; attested where nothing
 * is worse and a person's statement is among them.
 */
enum audit_state {
	AUDIT_PASS,
	AUDIT_FAIL,
	AUDIT_UNKNOWN, /* cannot be told, or not installed */
	AUDIT_ATTESTED, /* a person said so */
	AUDIT_NOTE /* of a clause alone: counts for nothing */
};
#define AUDIT_STATES 4
const char *audit_state_text(enum audit_state state); /* `pass' ... */
/* -1 for a text that is none of the four. */
int audit_state_parse(struct slice text, enum audit_state *state);

struct audit_clause {
	enum audit_state state;
	char *text; /* printable, one line */
};
#define AUDIT_CLAUSES_MAX 100
#define AUDIT_CLAUSE_MAX 400 /* octets of one */
struct audit_result {
	const struct practice *practice;
	struct audit_clause *clauses;
	size_t n;
	size_t left_out; /* behind AUDIT_CLAUSES_MAX */
	enum audit_state worst_left_out;
};

/* Adds a clause: cut, made printable. */
void audit_say(struct audit_result *result, enum audit_state state,
    const char *format, ...) __attribute__((format(printf, 3, 4)));
enum audit_state audit_result_state(const struct audit_result *result);
/* Does its failure count? */
bool audit_result_is_bad(const struct audit_result *result);
/* All clauses in one line, `; ' between them, those that decide first. */
void audit_result_text(const struct audit_result *result, struct buf *out);
void audit_result_free(struct audit_result *result);

#endif
