/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_COPY_REPOSITORY_H
#define FE_OPS_COPY_REPOSITORY_H

#include <signal.h>

#include "ops/repository.h"

/*
 * Everything of one repository that another of the same key (`fe-backup init
 * --like') has not, octet for octet, in the order packs, indexes, keys of
 * mailboxes, snapshots: cut short, it goes on where it was.  A mailbox that was
 * erased at the other stays erased.
 */
struct repository_copy_result {
	int64_t packs, snapshots, octets;
};
int repository_copy(struct repository *from, struct repository *to,
    const volatile sig_atomic_t *stop, struct repository_copy_result *result,
    struct err *err);

#endif
