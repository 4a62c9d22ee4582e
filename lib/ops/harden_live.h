/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_HARDEN_LIVE_H
#define FE_OPS_HARDEN_LIVE_H

#include "ops/harden_plan.h"

/*
 * Changes of the running host.  Both fill err and return -1; undo goes on
 * where half of it was done, or nothing.
 */

/* Fills in live->old where only the moment before tells it (the table of
 * nftables). */
int harden_live_prepare(struct harden_live *live, struct err *err);
int harden_live_do(const struct tree *tree, const struct harden_live *live,
    struct err *err);
int harden_live_undo(const struct tree *tree, const struct harden_live *live,
    struct err *err);

#endif
