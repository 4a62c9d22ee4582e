/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_HARDEN_CONFIRM_H
#define FE_OPS_HARDEN_CONFIRM_H

#include "ops/harden_record.h"

/*
 * Confirming a change that waits, and undoing: under the lock of
 * HARDEN_STATE.
 */

/* Lets the pending change stand, if this session began after it.  ERR_USAGE:
 * nothing waits, or the session is an older one. */
int harden_confirm(const struct tree *tree, struct err *err);

/* Undoes all there is, last first; *n: how many records. */
int harden_revert(const struct tree *tree, size_t *n, struct err *err);
/* Undoes what waits, if its time is up (or of any age, if `any'). */
int harden_revert_pending(const struct tree *tree, bool any, size_t *n,
    struct err *err);

/* Waits in a process of its own, whatever becomes of this session, and
 * undoes the pending record when its time is up. */
int harden_watch(const struct tree *tree, struct err *err);

#endif
