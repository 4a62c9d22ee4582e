/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_HARDEN_CHANGE_H
#define FE_OPS_HARDEN_CHANGE_H

#include "ops/harden.h"
#include "ops/harden_record.h"

/*
 * Applying a plan, and taking items out again.  Both hold the lock of
 * HARDEN_STATE while they work.  Nothing is half done on return: what fails
 * is undone.
 */

/* Applies a reduced and valid plan for those items.  within_s: how long
 * changes of firewall and sshd wait for a confirmation.  *pending: they do.
 * ERR_CONFIG while another change waits. */
int harden_change_apply(const struct tree *tree, struct harden_plan *plan,
    const struct harden_choices *choices, int64_t within_s, bool *pending,
    struct err *err);

/* Takes items out of what is in force: `rest' is the plan for those that
 * stay; what the others changed in the running host is as before. */
int harden_change_remove(const struct tree *tree, struct harden_plan *rest,
    const struct harden_choices *stay, struct err *err);

#endif
