/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_HARDEN_SSH_H
#define FE_OPS_HARDEN_SSH_H

#include "ops/harden_item.h"

/* sshd: what `sshd -T' says it does; of a tree, or where sshd cannot be
 * asked, what its files say and OpenSSH's defaults. */
extern const struct harden_kind harden_ssh;

/* The ports that sshd listens on, 22 where it says nothing; at most `max' of
 * them.  0: there is no sshd here. */
size_t harden_ssh_ports(struct harden_host *host, uint16_t *ports, size_t max);
/* As root would be asked by sshd: does that configuration, a file of this
 * host, parse?  ERR_CONFIG with what sshd says. */
int harden_ssh_validate(const char *path, struct err *err);

#endif
