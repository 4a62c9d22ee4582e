/* SPDX-License-Identifier: ISC */
/*
 * Message identifiers: what stands between < and >, whatever it is.
 */
#include "message_id.h"

#include "base/id.h"

bool
message_id_next(struct slice *rest, struct slice *id)
{
	while (rest->n > 0) {
		size_t open = slice_find(*rest, '<'), close;

		if (open == rest->n) {
			*id = slice_trim(*rest);
			*rest = SLICE_NONE;
			return id->n > 0 && slice_find(*id, '>') == id->n;
		}
		*rest = slice_part(*rest, open + 1, rest->n);
		close = slice_find(*rest, '>');
		*id = slice_trim(slice_part(*rest, 0, close));
		*rest = slice_part(*rest, close + 1, rest->n);
		/* A word behind the last one is no identifier. */
		if (slice_find(*rest, '<') == rest->n)
			*rest = SLICE_NONE;
		if (id->n > 0)
			return true;
	}
	return false;
}

int
message_id_make(struct slice domain, struct buf *out)
{
	char id[ID_SIZE];

	id_make(id);
	return buf_format(out, "<%s@%.*s>", id, SLICE_ARG(domain));
}
