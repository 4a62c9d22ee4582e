/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_HARDEN_UPDATE_H
#define FE_OPS_HARDEN_UPDATE_H

#include "ops/harden_item.h"

/* Updates. */
extern const struct harden_kind harden_update;

#endif
