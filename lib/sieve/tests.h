/* SPDX-License-Identifier: ISC */
#ifndef FE_SIEVE_TESTS_H
#define FE_SIEVE_TESTS_H

#include "run.h"

/*
 * The tests of the language.  Each: 1 true, 0 false, -1 the script fails.
 */
typedef int sieve_test(struct sieve_run *run, const struct sieve_node *node);

/* test_header.c: RFC 5228, 5; RFC 5260, 6 (:index) */
sieve_test test_header, test_address, test_envelope, test_exists, test_size;
/* test_body.c: RFC 5173 */
sieve_test test_body;
/* test_date.c: RFC 5260 */
sieve_test test_date, test_currentdate;
/* test_facts.c: RFC 5183, 5235, 5435, 5490, 7352, vnd.fe.record */
sieve_test test_environment, test_spamtest, test_virustest, test_fe,
    test_mailboxexists, test_valid_notify_method,
    test_notify_method_capability, test_duplicate;
/* test_variables.c: RFC 5229, 5; RFC 5232, 4 */
sieve_test test_string, test_hasflag;

/* The fields of that name, from the top, or the one that :index and :last
 * ask for; NULL at the end. */
struct field_walk {
	struct sieve_run *run;
	struct slice name;
	size_t at;      /* next place to look at */
	size_t only;    /* of all of that name, from 1; 0: all */
	bool from_last;
	bool done;
};
struct field_walk field_walk(struct sieve_run *run,
    const struct sieve_node *node, struct slice name);
struct letter_field *field_next(struct field_walk *walk);

/* A date-part (RFC 5260, 4.2) of a time in a zone. */
const char *date_part(int part, int64_t ms, int zone_minutes, char out[48]);

#endif
