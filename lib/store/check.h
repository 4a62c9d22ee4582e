/* SPDX-License-Identifier: ISC */
#ifndef FE_STORE_CHECK_H
#define FE_STORE_CHECK_H

#include "store/mailbox.h"
#include "store/verify.h"

/*
 * Is a mailbox whole?  Every page's tag, SQLite's own look at its trees, the
 * full-text index, and the counts that folders keep of their messages.
 */
struct check_result {
	struct verify_result pages;
	struct mailbox_count count;
	int64_t wrong_counts; /* folders whose counts are not so */
	int64_t lost;         /* messages without body, bodies without any */
	struct buf integrity; /* `ok', or SQLite's first complaints */
	bool is_whole;
};

/* Outside of a transaction.  0 with what was found; -1 when it cannot be
 * looked at. */
int mailbox_check(struct mailbox *m, struct check_result *out,
    struct err *err);
void check_result_free(struct check_result *result);

#endif
