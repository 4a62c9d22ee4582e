/* SPDX-License-Identifier: ISC */
#ifndef FE_SCAN_REASON_H
#define FE_SCAN_REASON_H

#include "base/json.h"

/* What the phishing layer (phishing.h) has found. */
#define PHISHING_REASONS_MAX 20
#define PHISHING_EVIDENCE_MAX 200 /* octets */

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

/* Each reason once; the sender's text becomes evidence, cut and as UTF-8. */
void phishing_add(struct phishing *p, const char *reason, double weight,
    struct slice evidence);
void phishing_free(struct phishing *p);
/* Writes the member `phishing'. */
void phishing_write(const struct phishing *p, struct json_writer *w);

#endif
