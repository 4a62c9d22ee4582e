/* SPDX-License-Identifier: ISC */
#include "scan/evaluation.h"

#include "unit.h"

static void
counts_pairs_in_the_right_order(void)
{
	struct evaluation e = EVALUATION_INIT;
	struct evaluation_result r;

	/* of 2 x 2 pairs three are right, one is even */
	evaluation_add(&e, 0.9, true);
	evaluation_add(&e, 0.4, true);
	evaluation_add(&e, 0.4, false);
	evaluation_add(&e, 0.1, false);
	evaluation_compute(&e, &r);
	EXPECT(r.auc > 0.8749 && r.auc < 0.8751);
	EXPECT_NUMBER("missed", 1, r.missed);
	EXPECT_NUMBER("taken", 0, r.taken);
	EXPECT(r.recall_01 == 0.5 && r.recall_1 == 0.5);
	evaluation_free(&e);
}

static void
flatters_nobody_by_equal_scores(void)
{
	struct evaluation e = EVALUATION_INIT;
	struct evaluation_result r;

	for (int i = 0; i < 10; i++)
		evaluation_add(&e, 0.5, i % 2 == 0);
	evaluation_compute(&e, &r);
	EXPECT(r.auc > 0.4999 && r.auc < 0.5001);
	EXPECT(r.recall_1 == 0);
	EXPECT(r.log_loss > 0.6931 && r.log_loss < 0.6932);
	evaluation_free(&e);
}

static void
says_nothing_of_one_class(void)
{
	struct evaluation e = EVALUATION_INIT;
	struct evaluation_result r;
	struct buf svg = BUF_INIT;

	evaluation_compute(&e, &r);
	EXPECT_NUMBER("none", 0, r.spam + r.ham);
	evaluation_add(&e, 0.9, true);
	evaluation_compute(&e, &r);
	EXPECT(r.auc == 0 && r.spam == 1);
	evaluation_svg(&e, &svg);
	EXPECT(slice_ends(buf_slice(&svg), "</svg>\n"));
	buf_free(&svg);
	evaluation_free(&e);
}

int
main(void)
{
	UNIT_RUN(counts_pairs_in_the_right_order);
	UNIT_RUN(flatters_nobody_by_equal_scores);
	UNIT_RUN(says_nothing_of_one_class);
	return UNIT_RESULT;
}
