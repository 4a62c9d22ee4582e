/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_HARDEN_REDUCE_H
#define FE_OPS_HARDEN_REDUCE_H

#include "ops/harden_record.h"

/* What is at that path: false, nothing; *text (content, or where a link
 * points) for free(3). */
bool harden_look(const struct tree *tree, const char *path,
    enum harden_file_kind *kind, char **text, mode_t *mode);

/* What of the plan differs from what is there: drops files that are as they
 * should be, and lives that then mean nothing.  ERR_CONFIG where a file is
 * not ours, or was changed since. */
int harden_plan_reduce(struct harden_plan *plan, const struct tree *tree,
    struct err *err);
int harden_plan_reduce_by(struct harden_plan *plan, const struct tree *tree,
    const struct harden_records *records, struct err *err);

/* Asks sshd, nft and the kernel whether they would take it; nothing is
 * changed.  Of a tree that is not the running host only sysctl's lines are
 * looked at. */
int harden_plan_validate(const struct harden_plan *plan,
    const struct tree *tree, struct err *err);

#endif
