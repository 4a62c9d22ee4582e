/* SPDX-License-Identifier: ISC */
#ifndef FE_SIEVE_MATCHER_H
#define FE_SIEVE_MATCHER_H

#include "run.h"

/*
 * Values against the keys of a test (RFC 5228, 2.7; RFC 5231; the draft of
 * regex):
 *
 *	matcher_begin(&match, run, node, keys);
 *	while (values)
 *		if ((got = matcher_value(&match, value)) != 0) return got;
 *	return matcher_end(&match);
 */
struct matcher {
	struct sieve_run *run;
	const struct sieve_node *node;
	const struct sieve_value *keys;
	size_t count;   /* values seen */
	bool no_matches; /* leaves ${1} alone (RFC 5173, 6) */
	bool is_number; /* with :value, numbers compare as such */
};

void matcher_begin(struct matcher *m, struct sieve_run *run,
    const struct sieve_node *node, const struct sieve_value *keys);
/* 1, 0, or -1. */
int matcher_value(struct matcher *m, struct slice value);
int matcher_end(struct matcher *m);

/* Wildcards: * and ? and \, the shortest of what can be (RFC 5229, 3.2);
 * the pattern in lower case where `blind'.  1 and the captures, 0, or -1 when
 * it took more than *steps. */
int matcher_wildcards(struct slice pattern, struct slice text, bool blind,
    struct slice captures[REGEX_CAPTURES_MAX], size_t *captures_n,
    size_t *steps);
/* As i;ascii-numeric orders (RFC 4790, 9.1): what begins with no digit is
 * infinite. */
int matcher_compare_numeric(struct slice a, struct slice b);

#endif
