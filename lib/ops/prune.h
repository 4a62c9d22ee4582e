/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_PRUNE_H
#define FE_OPS_PRUNE_H

#include <signal.h>

#include "ops/repository.h"

/*
 * Takes away what no snapshot needs.  Packs of which nothing is needed go;
 * packs of which much is not are written anew without it, where pages that no
 * snapshot needs become zeros within their blobs, so that no map changes.
 *
 * In an order of which each step may be the last: what no index names; a new
 * index without the packs that go, the old indexes, those packs; then new
 * packs, again a new index, the old ones, the packs that were written anew.
 * So a full disk has room before much is written; for the first index, and for
 * the first pack where none goes whole, there is the reserve.  The caller alone
 * works on the repository.
 */
struct prune_options {
	bool dry_run;
	int64_t waste; /* percent of a pack that may be unneeded */
	const volatile sig_atomic_t *stop;
};
struct prune_result {
	int64_t packs, removed, rewritten, unindexed;
	/* of all packs, the unindexed ones, too */
	int64_t octets_before, octets_after;
};
int prune_run(struct repository *r, const struct prune_options *options,
    struct prune_result *result, struct err *err);

#endif
