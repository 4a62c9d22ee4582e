/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_HARDEN_DISK_H
#define FE_OPS_HARDEN_DISK_H

#include "ops/harden_item.h"

/* Disks: which lie on LUKS, and whether memory goes to an open one. */
extern const struct harden_kind harden_disk;

#endif
