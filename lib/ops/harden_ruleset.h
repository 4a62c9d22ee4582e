/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_HARDEN_RULESET_H
#define FE_OPS_HARDEN_RULESET_H

#include "ops/harden_item.h"

/*
 * The live rules of nftables, as `nft -j list ruleset' has them
 * (libnftables-json(5)), read once for a host.
 */

/* Reads them; false: they cannot be read, host->nft_fault tells why. */
bool ruleset_load(struct harden_host *host);
/* Does the hook (`input') drop what no rule takes, and no rule all? */
void ruleset_read_policy(const struct harden_host *host, const char *hook,
    struct harden_result *result);
/* Are just the ports of host->firewall open in our table? */
void ruleset_read_ports(const struct harden_host *host,
    struct harden_result *result);
/* Has our table the rules that fe-harden writes, so many in each chain?
 * Counters and the order of a set's elements may differ, so they are counted
 * and not compared. */
void ruleset_read_ours(const struct harden_host *host,
    struct harden_result *result);
/* Is there a rule of our table that adds to the set? */
bool ruleset_fills(const struct harden_host *host, const char *set);
/* Whose rules are there, by their chains and tables: FIREWALL_*. */
unsigned ruleset_owners(struct harden_host *host);

#endif
