/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_HARDEN_MODULE_H
#define FE_OPS_HARDEN_MODULE_H

#include "ops/harden_item.h"

/* Modules of the kernel that must not be loaded. */
extern const struct harden_kind harden_module;

#endif
