/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_SECURITY_PAGE_H
#define FE_OPS_SECURITY_PAGE_H

#include <stdio.h>

#include "ops/security_txt.h"

/* Writes security.txt, with what is missing filled in for the domain, and the
 * snippet for nginx that serves it, into DIR (NULL:
 * HOME/service/security-txt), whose whole path replaces *folder; tells their
 * paths on `out' (NULL: nobody).  ERR_USAGE: neither domain nor what it stands
 * for. */
int security_page_write(const struct security_txt *page, const char *domain,
    const char *dir, struct buf *folder, FILE *out, struct err *err);

#endif
