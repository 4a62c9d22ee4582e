/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_HARDEN_MEMORY_H
#define FE_OPS_HARDEN_MEMORY_H

#include "ops/harden_item.h"

/* Swap, huge pages. */
extern const struct harden_kind harden_memory;

#endif
