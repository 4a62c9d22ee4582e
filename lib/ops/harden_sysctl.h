/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_HARDEN_SYSCTL_H
#define FE_OPS_HARDEN_SYSCTL_H

#include "ops/harden_item.h"

/* Settings of the kernel below /proc/sys; a `*' in a key is each interface
 * that there is, and the worst of them counts. */
extern const struct harden_kind harden_sysctl;

#endif
