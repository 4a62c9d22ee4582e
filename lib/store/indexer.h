/* SPDX-License-Identifier: ISC */
#ifndef FE_STORE_INDEXER_H
#define FE_STORE_INDEXER_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "store/index_message.h"

/*
 * Messages are parsed by a child that has no key, no file and no network; the
 * process that holds keys looks at no octet of them.
 *
 *	keeper      indexer_open() before any key is read, then keys, sandbox
 *	 spawner    forked by that: makes indexers when told to by one octet
 *	  indexer   sandbox STDIO; sees the message in a memfd that is sealed
 *	            against resizing and that it can only read
 *
 * One indexer serves many messages.  One that dies, talks nonsense or takes
 * longer than INDEXER_MS costs its message the index terms, and the next
 * message gets a new one.  What it says is bounded and checked before it is
 * believed; at worst it lies about the message that it was given.
 */
#define INDEXER_MS 1000

struct indexer;

/* Forks the spawner.  size_max: of a message. */
int indexer_open(struct indexer **ix, int64_t size_max, struct err *err);
void indexer_close(struct indexer *ix); /* accepts NULL; reaps the spawner */

/* 0, or -1 and err (ERR_MESSAGE) when the message stays unparsed; *out is
 * then empty.  The indexer is ready for the next message either way. */
int indexer_run(struct indexer *ix, struct slice message,
    const struct header_ops *ops, struct indexed *out, struct err *err);

#endif
