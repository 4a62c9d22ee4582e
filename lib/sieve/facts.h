/* SPDX-License-Identifier: ISC */
#ifndef FE_SIEVE_FACTS_H
#define FE_SIEVE_FACTS_H

#include "run.h"

/*
 * Members of the record by path, `checks.dmarc.result'.  A list on the way
 * stands for each of its items: `checks.dkim.result' are the results of all
 * signatures, `checks.dkim.0.result' that of the first.
 */
#define FACT_VALUES_MAX 1000

struct fact {
	struct slice text; /* a string's octets, else as JSON has it */
	bool is_number;
};

/* Calls for each value, until it says something but 0, which is returned.
 * null is no value; an object is its JSON text; `verdict' and `plan', which
 * are ours to write, are not there. */
int facts_find(struct sieve_run *run, struct slice path,
    int (*found)(void *context, const struct fact *fact), void *context);

#endif
