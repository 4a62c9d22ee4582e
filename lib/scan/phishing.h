/* SPDX-License-Identifier: ISC */
#ifndef FE_SCAN_PHISHING_H
#define FE_SCAN_PHISHING_H

#include "mail/header.h"
#include "record/meta.h"
#include "urls.h"
#include "watch.h"

/*
 * Reasons to think that a message deceives about who wrote it or where its
 * links lead.  Each is a fact with its evidence; none needs a look-up.
 */
#define PHISHING_REASONS_MAX 20
#define PHISHING_EVIDENCE_MAX 200 /* octets */
/* Letters hidden from the eye.  Honest letters of advertising hide the line
 * that a list of messages shows, which is shorter. */
#define PHISHING_HIDDEN_MIN 300

struct phishing_reason {
	const char *reason; /* as in fe-scan(1) */
	struct buf evidence;
	double weight;      /* 0..1: how seldom it is in honest mail */
};
struct phishing {
	struct phishing_reason items[PHISHING_REASONS_MAX];
	size_t n;
	double score; /* 0..1: 1 - product of (1 - weight) */
};

void phishing_find(struct phishing *p, const struct header *h,
    const struct urls *u, const struct meta *m, const struct watch *watch);
void phishing_free(struct phishing *p);
/* Writes the member `phishing'. */
void phishing_write(const struct phishing *p, struct json_writer *w);

#endif
