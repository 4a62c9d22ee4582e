/* SPDX-License-Identifier: ISC */
#ifndef FE_SCAN_LIMIT_KEY_H
#define FE_SCAN_LIMIT_KEY_H

#include "record/meta.h"
#include "scan/limit_rule.h"

/*
 * The keys of a rule: the values of its members in one record.  Any path of
 * the record is a member.  Some are more than that:
 *
 *	client.ip             shortest form
 *	client.net            client.ip cut to /24 (IPv4) or /64 (IPv6)
 *	envelope.to           each recipient's address: a key for each
 *	envelope.from.domain, envelope.to.domain
 *
 * Letters count as lower-case.
 */

/* Does the rule have a key for each recipient? */
bool limit_key_is_per_recipient(const struct limit_rule *rule);
/* Appends the identity: the rule's name and the values, each with its length.
 * `ip' stands for client.ip where it is not none.  -1: a member is missing. */
int limit_key_put(const struct limit_rule *rule, const struct meta *meta,
    struct slice ip, struct slice recipient, struct buf *out);
/* The same for values that a person gave, with commas between them.  -1: the
 * rule has another number of members, or one cannot be that. */
int limit_key_put_values(const struct limit_rule *rule, struct slice values,
    struct buf *out);

#endif
