/* SPDX-License-Identifier: ISC */
/* The delivery journal, walked by others than its writer. */
#include "journal_walk.h"

#include <stdlib.h>
#include <string.h>
#include <sys/file.h>

#include "base/mem.h"

static int
walk_segment(struct segment *s, bool is_live, journal_each *each,
    void *context, struct err *err)
{
	struct journal_head *head = mem_alloc(sizeof(*head));
	struct buf octets = BUF_INIT;
	uint64_t offset = SEGMENT_HEAD;
	int got = 0;

	while (got >= 0 &&
	    (got = segment_next(s, &offset, &octets, head, err)) > 0) {
		struct journal_item o = {s, is_live, head, 0,
		    offset - head->entry_size};

		for (; got >= 0 && o.index < head->orders_n; o.index++)
			got = each(context, &o, err);
	}
	free(head);
	buf_free(&octets);
	return got;
}

/* A lock that we get says that nobody writes any more; it goes with the
 * descriptor. */
static bool
is_live(const struct segment *s)
{
	if (flock(s->fd, LOCK_SH | LOCK_NB) < 0)
		return true;
	(void)flock(s->fd, LOCK_UN);
	return false;
}

int
journal_walk(journal_each *each, void *context, struct err *err)
{
	struct buf names = BUF_INIT;
	int result = segment_list(&names, err);

	for (const char *name = names.p; result >= 0 && name != NULL &&
	     name < names.p + names.n; name += strlen(name) + 1) {
		struct segment *s = segment_open(name, false, err);

		if (s != NULL)
			result = walk_segment(s, is_live(s), each, context,
			    err);
		segment_close(s);
	}
	buf_free(&names);
	return result < 0 ? -1 : 0;
}
