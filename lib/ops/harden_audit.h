/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_HARDEN_AUDIT_H
#define FE_OPS_HARDEN_AUDIT_H

#include "ops/harden_item.h"

/* The kernel's audit of who opens a key. */
extern const struct harden_kind harden_audit;

/* Has the kernel that rule, as `auditctl -l' lists it?  1, 0, or -1 where it
 * cannot be told (ERR_SYSTEM, ERR_CONFIG). */
int harden_audit_is_live(struct slice rule, struct err *err);

#endif
