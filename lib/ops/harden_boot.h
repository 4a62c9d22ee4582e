/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_HARDEN_BOOT_H
#define FE_OPS_HARDEN_BOOT_H

#include "ops/harden_item.h"

/* CPU and boot. */
extern const struct harden_kind harden_boot;

#endif
