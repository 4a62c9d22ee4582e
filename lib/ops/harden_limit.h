/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_HARDEN_LIMIT_H
#define FE_OPS_HARDEN_LIMIT_H

#include "ops/harden_item.h"

/* Limits and core files, as files set them. */
extern const struct harden_kind harden_limit;

#endif
