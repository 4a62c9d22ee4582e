/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_USAGE_H
#define FE_OPS_USAGE_H

#include "ops/repository.h"

/*
 * Which blobs the snapshots of a repository need, and of blobs of pages which
 * pages: what prune may take away, and what check must find.
 */
struct usage_blob {
	bool used;
	bool walked;          /* a map: what it names is marked, too */
	uint32_t unit;        /* of pages: their size */
	unsigned char *pages; /* one bit a page; NULL: no page of it */
};
struct usage {
	struct usage_blob *blobs; /* as repository->index.blobs */
	size_t n;
	int64_t snapshots;
	/* With `faults' what is missing or damaged is told there and passed
	 * over; else it ends the walk. */
	void (*fault)(void *context, const struct err *err);
	void *context;
	int64_t faults;
};
/* Reads the index as well, where it has not been. */
int usage_read(struct usage *u, struct repository *r, struct err *err);
void usage_free(struct usage *u);
bool usage_has_page(const struct usage_blob *blob, size_t page);
/* Octets of the blob, as stored, that a snapshot needs. */
int64_t usage_live(const struct usage *u, const struct repository *r,
    size_t number);

#endif
