/* SPDX-License-Identifier: ISC */
#ifndef FE_SIEVE_DUPLICATES_H
#define FE_SIEVE_DUPLICATES_H

#include <stdint.h>

#include "arena.h"

/*
 * Handles of `duplicate' (RFC 7352) that were decided on by this process, for
 * each mailbox.  The marks that last are in the mailbox and are written by
 * fe-store; this is what a resident pipeline remembers of them.  Bounded: the
 * oldest are forgotten.
 */
#define DUPLICATES_MAX 4096

struct duplicates;

struct duplicates *duplicates_new(void);
void duplicates_free(struct duplicates *d); /* accepts NULL */
bool duplicates_has(const struct duplicates *d, struct slice mailbox,
    struct slice handle, int64_t now_ms);
void duplicates_add(struct duplicates *d, struct slice mailbox,
    struct slice handle, int64_t expires_ms);

/* A short handle of what a script said: `duplicate:' and a hash. */
struct slice duplicates_handle(struct arena *arena, struct slice handle,
    struct slice id);

#endif
