/* SPDX-License-Identifier: ISC */
#ifndef FE_SCAN_AUTHOR_H
#define FE_SCAN_AUTHOR_H

#include "mail/header.h"
#include "reason.h"
#include "record/meta.h"
#include "watch.h"

/* What deceives about who wrote a message: his name, his address, where an
 * answer would go, the letters of his name and of the subject.  `domain' gets
 * the registrable domain of the first author, or nothing. */
void author_check(struct phishing *p, const struct header *h,
    const struct meta *m, const struct watch *watch, struct buf *domain);

#endif
