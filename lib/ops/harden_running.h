/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_HARDEN_RUNNING_H
#define FE_OPS_HARDEN_RUNNING_H

#include "ops/harden_item.h"

/* What the running servers of fe have of both, and what confines them. */
extern const struct harden_kind harden_running;

#endif
