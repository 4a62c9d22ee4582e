/* SPDX-License-Identifier: ISC */
/*
 * What an indexer says, read by who holds the keys; and a message turned into
 * it.  A first octet of `m' means a message, else it is a reply about one of
 * 4,096 octets.
 */
#include <stdint.h>
#include <stdlib.h>

#include "store/index_message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
apply(const struct indexed *indexed, struct slice message,
    const struct header_ops *ops)
{
	struct buf out = BUF_LIMITED((size_t)64 << 20);

	(void)edit_pieces_apply(&indexed->edit, message, ops, &out);
	buf_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char space[4096];
	struct header_ops ops = {
	    SLICE("[{\"op\":\"prepend\",\"name\":\"X\",\"value\":\"y\"},"
		"{\"op\":\"delete\",\"name\":\"A\"}]"), SLICE_NONE};
	struct slice text = slice_of(data, size);
	struct slice message = slice_of(space, sizeof(space));
	struct indexed indexed;
	struct buf reply = BUF_INIT;

	indexed_init(&indexed);
	if (size > 0 && data[0] == 'm') {
		message = slice_part(text, 1, text.n);
		index_message(message, &ops, &reply);
		/* what we say ourselves must be believed */
		if (index_reply_parse(buf_slice(&reply), message.n,
		    &indexed) < 0)
			abort();
		apply(&indexed, message, &ops);
	} else if (index_reply_parse(text, message.n, &indexed) == 0) {
		apply(&indexed, message, &ops);
	}
	indexed_free(&indexed);
	buf_free(&reply);
	return 0;
}
