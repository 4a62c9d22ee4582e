/* SPDX-License-Identifier: ISC */
#ifndef FE_SCAN_URL_HOST_H
#define FE_SCAN_URL_HOST_H

#include "url.h"

#define URL_HOST_MAX 1000 /* octets as written */

/* Sets `host' as a browser would ask for it, from what stands before the path,
 * and adds the flags that tell how it was written. */
void url_host_read(struct url *url, struct slice authority);

#endif
