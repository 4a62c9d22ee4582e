/* SPDX-License-Identifier: ISC */
#ifndef FE_SIEVE_INTERPRETER_H
#define FE_SIEVE_INTERPRETER_H

#include "run.h"

/*
 * Runs a script.  The caller has set host, message, arena, recipient,
 * mailbox, questions, result, trace and now_ms.  Never fails as such: a
 * script that does leaves result.fault, and an implicit keep alone (RFC 5228,
 * 2.10.6), its changes to the header forgotten.
 */
void interpreter_run(struct sieve_run *run, const struct sieve_script *script);

#endif
