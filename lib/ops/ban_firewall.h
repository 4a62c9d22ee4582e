/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_BAN_FIREWALL_H
#define FE_OPS_BAN_FIREWALL_H

#include "net/ban.h"
#include "ops/ban_allow.h"

/*
 * The sets of fe-harden's firewall (ops/firewall.h), by way of nft(8): bans go
 * into ban4 and ban6 with their time, allow4 and allow6 are read.
 */

/* Are the sets there?  Then adds what allow4 and allow6 hold.  1, 0, or -1:
 * nft cannot be asked. */
int ban_firewall_look(struct ban_allow *allow, struct err *err);
/* Appends to a script of nft: banned from now until its time is over;
 * forgiven. */
void ban_firewall_add(const struct ban *ban, int64_t now_ms, struct buf *out);
/* The same unless he is there already, for however long. */
void ban_firewall_ensure(const struct ban *ban, int64_t now_ms,
    struct buf *out);
void ban_firewall_remove(const struct ban *ban, struct buf *out);
/* Empties both sets. */
void ban_firewall_flush(struct buf *out);
/* Runs the script, all of it or nothing.  ERR_SYSTEM with what nft says. */
int ban_firewall_run(struct slice script, struct err *err);

#endif
