/* SPDX-License-Identifier: ISC */
#ifndef FE_BASE_MAKE_SHORTER_FILTER_H
#define FE_BASE_MAKE_SHORTER_FILTER_H

#include <linux/filter.h>

/*
 * libseccomp's filter as a shorter one that answers the same: one comparison
 * for each range of calls with the same answer, in a tree, then what is about
 * arguments.  On loading one the kernel translates it, and runs it once for
 * each call there is; both are dear.
 */
#define SHORTER_FILTER_MAX 255 /* steps: what one jump reaches */

struct shorter_filter {
	struct sock_filter steps[SHORTER_FILTER_MAX];
	unsigned n;
};

/* `around': the filter that the process will have already, or NULL: what that
 * one refuses is not refused again.  Ends the program where it cannot. */
void shorter_filter_make(struct shorter_filter *filter,
    const struct sock_filter *steps, const struct sock_filter *around);

#endif
