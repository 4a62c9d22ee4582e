/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_HARDEN_MOUNT_H
#define FE_OPS_HARDEN_MOUNT_H

#include "ops/harden_item.h"

/* Options of mounts. */
extern const struct harden_kind harden_mount;

#endif
