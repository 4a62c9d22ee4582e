/* SPDX-License-Identifier: ISC */
#ifndef FE_SIEVE_REGEX_H
#define FE_SIEVE_REGEX_H

#include <stdbool.h>

#include "base/err.h"
#include "base/slice.h"

/*
 * Regular expressions, by PCRE2 without its JIT (a sandbox lets no memory
 * become executable).  Why not TRE, which runs in linear time: it is hardly
 * maintained, takes exponential space for nested counts, and users write the
 * expressions of Dovecot and Perl.  PCRE2 backtracks, so that each match has
 * limits; whoever goes over them gets an error, not time.  What is in POSIX
 * extended expressions (draft-ietf-sieve-regex) means the same here; what can
 * run code or take a raw octet (callouts, \C) is off.
 */
#define REGEX_PATTERN_MAX 4096  /* octets */
#define REGEX_STEPS_MAX 100000  /* of PCRE2's match limit: a few ms */
#define REGEX_MEMORY_MAX 4096   /* KiB of heap for one match */
#define REGEX_CAPTURES_MAX 32   /* ${0} to ${31}: RFC 5229, 6 asks for 9 */

struct sieve_regex;

/* ERR_CONFIG: what is wrong with the expression, and where. */
struct sieve_regex *regex_new(struct slice pattern, bool case_blind,
    struct err *err);
/* Links it into a list, for regex_free_all. */
void regex_keep(struct sieve_regex **list, struct sieve_regex *regex);
void regex_free_all(struct sieve_regex *list);
/* 1 and the captures (slices into text; groups without a match are empty),
 * 0, or -1 when it went over a limit. */
int regex_match(const struct sieve_regex *regex, struct slice text,
    struct slice captures[REGEX_CAPTURES_MAX], size_t *captures_n,
    struct err *err);

#endif
