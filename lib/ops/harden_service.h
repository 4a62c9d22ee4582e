/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_HARDEN_SERVICE_H
#define FE_OPS_HARDEN_SERVICE_H

#include "ops/harden_item.h"

/* Services that a mail server does not need: stopped and masked. */
extern const struct harden_kind harden_service;

#endif
