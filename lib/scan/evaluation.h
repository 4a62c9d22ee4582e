/* SPDX-License-Identifier: ISC */
#ifndef FE_SCAN_EVALUATION_H
#define FE_SCAN_EVALUATION_H

#include "base/buf.h"

/*
 * How well scores tell spam from ham, on messages whose class is known.
 */
struct evaluation_item {
	double score;
	bool spam;
};
struct evaluation {
	struct evaluation_item *items;
	size_t n;
	bool sorted;
};
struct evaluation_result {
	size_t spam, ham;
	double auc;          /* area under the ROC curve */
	double recall_01;    /* spam found where 0.1 % of the ham is taken */
	double recall_1;     /* ... and 1 % */
	size_t missed, taken; /* spam below 0.5, ham at or over it */
	double log_loss;     /* of the probabilities, natural logarithm */
};
#define EVALUATION_INIT {NULL, 0, false}

void evaluation_free(struct evaluation *e);
void evaluation_add(struct evaluation *e, double score, bool spam);
/* Where one class is missing the areas and recalls are 0. */
void evaluation_compute(struct evaluation *e, struct evaluation_result *r);
void evaluation_text(const struct evaluation_result *r, struct buf *out);
void evaluation_json(const struct evaluation_result *r, struct buf *out);
/* The ROC curve, false positives on a logarithmic axis, as one SVG file. */
void evaluation_svg(struct evaluation *e, struct buf *out);

#endif
