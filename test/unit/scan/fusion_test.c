/* SPDX-License-Identifier: ISC */
#include "scan/fusion.h"

#include <math.h>

#include "unit.h"

#define N 200

static void
gives_the_weights_that_the_labels_were_made_by(void)
{
	/* both scores say the same, of classes that overlap evenly */
	struct fusion_score scores[N];
	double weights[3] = {7, 7, 7}, odds;

	for (int i = 0; i < N; i++) {
		float score = i % 2 == 0 ? 1 : -1;

		/* three of four as the score says */
		scores[i] = (struct fusion_score){score, 0,
		    (i / 2 % 4 == 0) != (score > 0)};
	}
	fusion_fit(scores, N, weights);
	odds = weights[1];
	EXPECT(fabs(odds - log(3)) < 0.05);
	EXPECT(fabs(weights[0]) < 0.01);
	EXPECT(fabs(weights[2]) < 0.01);
}

static void
keeps_what_was_there_for_too_few_and_none_below_zero(void)
{
	struct fusion_score scores[N];
	double weights[3] = {7, 7, 7};

	for (int i = 0; i < N; i++) /* both tell the contrary */
		scores[i] = (struct fusion_score){i % 2 == 0 ? 1 : -1,
		    i % 3 == 0 ? 1 : -1, i % 2 != 0};
	fusion_fit(scores, 19, weights);
	EXPECT(weights[0] == 7 && weights[1] == 7 && weights[2] == 7);
	fusion_fit(scores, N, weights);
	EXPECT(weights[1] == 0.1 && weights[2] >= 0);
}

static void
has_an_end_where_classes_never_mix(void)
{
	struct fusion_score scores[N];
	double weights[3];

	for (int i = 0; i < N; i++)
		scores[i] = (struct fusion_score){i < N / 2 ? 100 : -100,
		    i < N / 2 ? 100 : -100, i < N / 2};
	fusion_fit(scores, N, weights);
	EXPECT(isfinite(weights[0]) && weights[1] < 10 && weights[2] < 10);
	EXPECT(weights[1] + weights[2] > 0.05);
}

int
main(void)
{
	UNIT_RUN(gives_the_weights_that_the_labels_were_made_by);
	UNIT_RUN(keeps_what_was_there_for_too_few_and_none_below_zero);
	UNIT_RUN(has_an_end_where_classes_never_mix);
	return UNIT_RESULT;
}
