/* SPDX-License-Identifier: ISC */
#ifndef FE_SIEVE_EXPANSION_H
#define FE_SIEVE_EXPANSION_H

#include "script.h"

/*
 * `${...}' within the strings of a script: encoded characters (RFC 5228,
 * 2.4.2.4) become what they stand for, variables (RFC 5229, 3; RFC 6609,
 * 3.4.3) become pieces, each as far as the script requires it.  What is no
 * such thing stays as it is.
 */

/* Fills *out from the text of a token.  -1 and a sentence without position. */
int expansion_compile(struct sieve_script *s, struct slice text,
    struct sieve_string *out, struct err *err);
/* `name' or `global.name' (RFC 5229, 3). */
bool variable_name_is_valid(struct slice name);

#endif
