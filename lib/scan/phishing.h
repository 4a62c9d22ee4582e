/* SPDX-License-Identifier: ISC */
#ifndef FE_SCAN_PHISHING_H
#define FE_SCAN_PHISHING_H

#include "mail/header.h"
#include "reason.h"
#include "record/meta.h"
#include "urls.h"
#include "watch.h"

/*
 * Reasons to think that a message deceives about who wrote it or where its
 * links lead.  Each is a fact with its evidence; none needs a look-up.
 */
/* Letters hidden from the eye.  Honest letters of advertising hide the line
 * that a list of messages shows, which is shorter. */
#define PHISHING_HIDDEN_MIN 300

void phishing_find(struct phishing *p, const struct header *h,
    const struct urls *u, const struct meta *m, const struct watch *watch);

#endif
