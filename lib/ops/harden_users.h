/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_HARDEN_USERS_H
#define FE_OPS_HARDEN_USERS_H

#include "ops/harden_item.h"

/* Users, sudo, modes of their files. */
extern const struct harden_kind harden_users;

#endif
