/* SPDX-License-Identifier: ISC */
#ifndef FE_SCAN_FREE_HOST_H
#define FE_SCAN_FREE_HOST_H

#include <stdbool.h>

#include "base/buf.h"

/* Is this host (lower case) one, or below one, below which anybody may put a
 * page under a name of his choice? */
bool free_host_is(const struct buf *host);

#endif
