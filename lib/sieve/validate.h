/* SPDX-License-Identifier: ISC */
#ifndef FE_SIEVE_VALIDATE_H
#define FE_SIEVE_VALIDATE_H

#include "script.h"

/*
 * What is wrong with one command or test beyond its form: a bad comparator,
 * header name, address, date part, expression.  What a variable will hold is
 * looked at when the script runs.
 */

/* -1: err has a sentence without position, and *at the octet. */
int validate_node(struct sieve_script *s, struct sieve_node *node, size_t *at,
    struct err *err);
/* Of that the constants alone (validate_argument.c). */
int validate_arguments(const struct sieve_node *node, size_t *at,
    struct err *err);
/* `+0100' as minutes east; -1: it is none. */
int zone_parse(struct slice text, int *minutes);
/* Is it a date-part of RFC 5260, 4.2?  Its number, else -1. */
int date_part_find(struct slice name);

#endif
