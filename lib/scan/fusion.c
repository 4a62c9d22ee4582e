/* SPDX-License-Identifier: ISC */
/*
 * Logistic regression in two dimensions by Newton's method, which arrives in
 * a few steps, exactly, however few the scores are.
 */
#include "fusion.h"

#include <math.h>
#include <string.h>

#define SCORES_LEAST 20
#define STEPS 30
#define PRIOR 1.0
#define TINY 1e-9

static double
logistic(double z)
{
	return 1 / (1 + exp(-z));
}

/* Minus the log likelihood of the labels, with a weak prior that weights are
 * small, without which those of classes that never mix would have no end. */
static double
loss_of(const struct fusion_score *scores, size_t n, const double w[3])
{
	double loss = PRIOR / 2 * (w[1] * w[1] + w[2] * w[2]);

	for (size_t i = 0; i < n; i++) {
		const struct fusion_score *s = &scores[i];
		double z = w[0] + w[1] * s->grams + w[2] * s->pairs;

		z = s->spam ? z : -z;
		loss += z > 0 ? log1p(exp(-z)) : log1p(exp(z)) - z;
	}
	return loss;
}

/* Solves H x = g, of a loss that is convex. */
static void
step_of(const struct fusion_score *scores, size_t n, const double w[3],
    double x[3])
{
	double h[3][4] = {{TINY}, {0, PRIOR}, {0, 0, PRIOR}};

	h[1][3] = PRIOR * w[1];
	h[2][3] = PRIOR * w[2];
	for (size_t i = 0; i < n; i++) {
		const double s[3] = {1, scores[i].grams, scores[i].pairs};
		double p = logistic(w[0] + w[1] * s[1] + w[2] * s[2]);

		for (int j = 0; j < 3; j++) {
			for (int k = 0; k < 3; k++)
				h[j][k] += p * (1 - p) * s[j] * s[k];
			h[j][3] += (p - scores[i].spam) * s[j];
		}
	}
	for (int j = 0; j < 3; j++)
		for (int i = j + 1; i < 3; i++) {
			double share = h[i][j] / h[j][j];

			for (int k = j; k < 4; k++)
				h[i][k] -= share * h[j][k];
		}
	for (int j = 2; j >= 0; j--) {
		x[j] = h[j][3];
		for (int k = j + 1; k < 3; k++)
			x[j] -= h[j][k] * x[k];
		x[j] /= h[j][j];
	}
}

/* Along the step as far as the loss gets less; false: nowhere. */
static bool
walk(const struct fusion_score *scores, size_t n, double w[3], double *loss)
{
	double next[3], x[3], less = *loss;

	step_of(scores, n, w, x);
	for (double length = 1; length > 1e-6; length /= 2) {
		for (int j = 0; j < 3; j++)
			next[j] = w[j] - length * x[j];
		less = loss_of(scores, n, next);
		if (less >= *loss)
			continue;
		memcpy(w, next, sizeof(next));
		*loss = less;
		return true;
	}
	return false;
}

void
fusion_fit(const struct fusion_score *scores, size_t n, double weights[3])
{
	double w[3] = {0, 0, 0}, loss, before;

	if (n < SCORES_LEAST)
		return;
	loss = loss_of(scores, n, w);
	for (int i = 0; i < STEPS; i++) {
		before = loss;
		if (!walk(scores, n, w, &loss) || before - loss < 1e-6)
			break;
	}
	w[1] = w[1] < 0.1 ? 0.1 : w[1];
	w[2] = w[2] < 0 ? 0 : w[2];
	memcpy(weights, w, sizeof(w));
}
