/* SPDX-License-Identifier: ISC */
#ifndef FE_SCAN_FUSION_H
#define FE_SCAN_FUSION_H

#include <stdbool.h>
#include <stddef.h>

/*
 * How far the two scores of a model can be trusted: a regression over what
 * they were of messages that had not been learned yet.
 */
struct fusion_score {
	float grams, pairs; /* as they enter model_fuse() */
	bool spam;          /* what it was */
};

/* Constant, grams, pairs; left as they are by too few scores. */
void fusion_fit(const struct fusion_score *scores, size_t n,
    double weights[3]);

#endif
