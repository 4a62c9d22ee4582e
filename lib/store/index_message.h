/* SPDX-License-Identifier: ISC */
#ifndef FE_STORE_INDEX_MESSAGE_H
#define FE_STORE_INDEX_MESSAGE_H

#include "base/buf.h"

/*
 * What an indexer tells of a message, as octets: terms, summary and the
 * pieces of the edited message.  The work is done in a confined
 * child, the reading by the process that holds keys, which believes nothing.
 */
#define INDEX_REPLY_MAX ((size_t)8 << 20)

struct indexed;
struct header_ops;

/* Appends the reply for a message (indexer.h). */
void index_message(struct slice message, const struct header_ops *ops,
    struct buf *reply);
/* Reads a reply about a message of `size' octets; -1 when it is none. */
int index_reply_parse(struct slice reply, size_t size,
    struct indexed *out);

#endif
