/* SPDX-License-Identifier: ISC */
#ifndef FE_SCAN_MODEL_H
#define FE_SCAN_MODEL_H

#include <stdint.h>

#include "base/err.h"
#include "feature.h"

/*
 * What a classifier has learned: 256 KiB of weights of the logistic regression
 * over grams (16 bits each), and 1 MiB of counts of pairs (spam in the upper
 * four bits, ham in the lower).  In its file they stand behind a head as two
 * Zstandard frames (RFC 8878), together about half a MB.
 *
 * The file is read, checked (magic, version, size, CRC-32) and then held in
 * memory rather than mapped: who truncates a mapped file kills its readers.
 * It is written beside and renamed, so that readers see the old or the new.
 *
 * Two scores are made: that of the regression, in which header and text weigh
 * alike however long either is, and one of the pairs by their counts, in which
 * only features that one class has almost to itself weigh.
 * A small regression over both (`fusion') gives the probability.
 */
#define MODEL_VERSION 5
#define MODEL_WEIGHTS ((size_t)1 << FEATURE_GRAM_BITS)
#define MODEL_COUNTS ((size_t)1 << FEATURE_PAIR_BITS)
#define MODEL_UNIT 1024 /* a weight of 1.0 */

struct model_head {
	char magic[8];
	uint32_t version;
	uint32_t crc; /* of all octets behind this member */
	uint64_t spam, ham;             /* messages learned */
	uint64_t pairs_spam, pairs_ham; /* of those, counted in pairs */
	int64_t changed_ms;
	int64_t run; /* steps since the class last changed: > 0 spam, < 0 ham */
	double bias;      /* of the regression over grams */
	double fusion[3]; /* constant, grams, pairs */
};

struct model {
	struct model_head head;
	int16_t *weights; /* MODEL_WEIGHTS */
	uint8_t *counts;  /* MODEL_COUNTS */
	int32_t pair_score[FEATURE_DISTANCES][256]; /* by counts */
};

struct model_scores {
	double grams, pairs; /* log odds, not calibrated */
	double spam;         /* probability, 0..1 */
};

void model_init(struct model *m); /* knows nothing */
void model_free(struct model *m);
/* ERR_SYSTEM (errno of a missing file is kept), ERR_CONFIG where the file is
 * no model, is damaged or of another version; m is then as it was. */
int model_read(struct model *m, const char *path, struct err *err);
/* The same from memory. */
int model_parse(struct model *m, struct slice file, struct err *err);
/* Replaces the file. */
int model_write(struct model *m, const char *path, struct err *err);
/* Without anything learned every score is 0 and the probability 0.5. */
void model_score(const struct model *m, const struct features *f,
    struct model_scores *scores);
bool model_is_blind(const struct model *m); /* one class was never seen */
/* After a change of counts or of the numbers of the head. */
void model_refresh(struct model *m);

double model_gram_score(const struct model *m, const struct feature_set *set);
double model_pair_score(const struct model *m, const struct feature_set *set);
double model_fuse(const struct model *m, double grams, double pairs);

#endif
