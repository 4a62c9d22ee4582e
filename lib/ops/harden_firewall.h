/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_HARDEN_FIREWALL_H
#define FE_OPS_HARDEN_FIREWALL_H

#include "ops/harden_item.h"

/* The ruleset of nftables; of a tree, the file that would be loaded. */
extern const struct harden_kind harden_firewall;

/* Would nft(8) take that ruleset?  Nothing is changed.  ERR_CONFIG with what
 * nft says. */
int harden_firewall_validate(struct slice rules, struct err *err);

#endif
