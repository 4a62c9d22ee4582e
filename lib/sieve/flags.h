/* SPDX-License-Identifier: ISC */
#ifndef FE_SIEVE_FLAGS_H
#define FE_SIEVE_FLAGS_H

#include "run.h"

/*
 * Lists of flags (RFC 5232): words with blanks between them, each once
 * whatever its case.
 */

/* Cuts the next one off; false: no more. */
bool flags_next(struct slice *rest, struct slice *flag);
bool flags_have(struct slice list, struct slice flag);
/* Each one's words put into or taken out of a list; what is no flag of IMAP
 * is passed over. */
struct slice flags_add(struct sieve_run *run, struct slice list,
    const struct sieve_value *values);
struct slice flags_remove(struct sieve_run *run, struct slice list,
    const struct sieve_value *values);

#endif
