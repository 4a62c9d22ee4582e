/* SPDX-License-Identifier: ISC */
#ifndef FE_STORE_INDEX_MESSAGE_H
#define FE_STORE_INDEX_MESSAGE_H

#include "base/buf.h"
#include "store/edit_pieces.h"

/*
 * What an indexer tells of a message, as octets: terms, summary and the
 * pieces of the edited message.  The work is done in a confined
 * child, the reading by the process that holds keys, which believes nothing.
 */
#define INDEX_REPLY_MAX ((size_t)8 << 20)
#define INDEX_TERMS_MAX ((size_t)1 << 20)
#define INDEX_SUMMARY_MAX ((size_t)256 << 10)

struct indexed {
	struct buf terms;        /* UTF-8, a blank between */
	struct buf summary;      /* JSON object (fe-mailbox(5)) */
	struct edit_pieces edit; /* the message with its header operations */
};
void indexed_init(struct indexed *out);
void indexed_free(struct indexed *out);

/* Appends the reply for a message (indexer.h). */
void index_message(struct slice message, const struct header_ops *ops,
    struct buf *reply);
/* Reads a reply about a message of `size' octets into *out, which is empty.
 * -1 when it is none: then free *out. */
int index_reply_parse(struct slice reply, size_t size,
    struct indexed *out);

#endif
